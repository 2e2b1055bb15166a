#include "tools/registry/manifest_facts.hpp"

#include <simdjson.h>

#include "acedt/oci/manifest.hpp"
#include "tools/registry/store.hpp"

namespace acedt::testing {
namespace {

namespace dom = simdjson::dom;

std::string text_at(const dom::element& document, std::string_view pointer) {
  std::string_view text;
  return document.at_pointer(pointer).get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

}  // namespace

ManifestFacts facts_of(std::string_view json) {
  ManifestFacts facts;
  dom::parser parser;
  dom::element document;
  if (parser.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS || !document.is_object()) return facts;
  facts.is_object = true;
  facts.media_type = oci::sniff_media_type(json);
  facts.subject = to_digest(text_at(document, "/subject/digest"));
  facts.artifact_type = text_at(document, "/artifactType");
  if (facts.artifact_type.empty()) facts.artifact_type = text_at(document, "/config/mediaType");
  dom::object annotations;
  if (document["annotations"].get(annotations) == simdjson::SUCCESS) facts.annotations = simdjson::minify(annotations);
  return facts;
}

}  // namespace acedt::testing

// Manifests come from the network and may be hostile. Value wraps simdjson's document so that each read checks the type
// and each error names its position in the document; what two readers could understand differently is refused.

#include "acedt/oci/manifest.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::oci {
namespace {

namespace dom = simdjson::dom;

/// Parses `json` as Go would; `parser` must outlive the result. Escapes and bytes that simdjson treats differently are
/// replaced first, only where they occur.
simdjson::simdjson_result<dom::element> read(dom::parser& parser, std::string_view json) {
  if (json.empty()) return simdjson::EMPTY;
  if (json.find("\\u") == std::string_view::npos) {
    const auto root = parser.parse(json.data(), json.size());
    if (root.error() != simdjson::UTF8_ERROR) return root;
  }
  return parser.parse(with_whole_characters(json));
}

constexpr const char* push_again = "the manifest is malformed: make the artifact again with a current tool";

/// Returns the member `key`, as Go's decoder does: the last of several, and nullopt for null.
std::optional<dom::element> member(dom::object object, std::string_view key) {
  std::optional<dom::element> found;
  for (const auto [name, value] : object)
    if (name == key) found = value.is_null() ? std::nullopt : std::optional(value);
  return found;
}

/// A JSON value and its position in the document (`layers[3].digest`), which errors name.
class Value {
 public:
  Value(std::string where, dom::element element) : where_(std::move(where)), element_(element) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::bad_input, (where_.empty() ? "document" : where_) + ": " + what).hint(push_again);
  }

  /// Returns the member `key`, or nullopt if it is absent or null. Throws if it occurs twice: readers differ in which
  /// one they take.
  std::optional<Value> find(std::string_view key) const {
    std::optional<dom::element> found;
    for (const auto [name, value] : as<dom::object>("an object")) {
      if (name != key) continue;
      if (found) throw Error(ErrorKind::bad_input, path_to(key) + ": duplicate key").hint(push_again);
      found = value;
    }
    if (!found || found->is_null()) return std::nullopt;
    return std::optional<Value>(std::in_place, path_to(key), *found);
  }

  /// Returns the member `key`; throws if it is absent or null.
  Value required(std::string_view key) const {
    std::optional<Value> found = find(key);
    if (!found) throw Error(ErrorKind::bad_input, path_to(key) + ": missing").hint(push_again);
    return *std::move(found);
  }

  /// Calls `visit(Value)` for each item of an array.
  template <typename Visit>
  void each_item(Visit visit) const {
    std::size_t i = 0;
    for (const dom::element item : as<dom::array>("an array"))
      visit(Value(where_ + '[' + std::to_string(i++) + ']', item));
  }

  /// Calls `visit(key, Value)` for each member of an object.
  template <typename Visit>
  void each_member(Visit visit) const {
    for (const auto [key, value] : as<dom::object>("an object"))
      visit(key, Value(where_ + '[' + in_quotes(key) + ']', value));
  }

  bool is_null() const { return element_.is_null(); }

  std::string_view text() const { return as<std::string_view>("a string"); }

  Bytes size() const {
    const auto count = as<std::int64_t>("a whole number of bytes below 2^63");
    if (count < 0) fail(std::to_string(count) + " is negative");
    return {static_cast<std::uint64_t>(count)};
  }

 private:
  template <typename T>
  T as(std::string_view wanted) const {
    T value{};
    if (element_.get(value) != simdjson::SUCCESS) fail("not " + std::string(wanted));
    return value;
  }

  std::string path_to(std::string_view key) const { return (where_.empty() ? "" : where_ + '.') + std::string(key); }

  std::string where_;
  dom::element element_;
};

/// Parses `json`; `parser` must outlive the value.
Value parse_json(dom::parser& parser, std::string_view json, std::string where) {
  dom::element root;
  const auto problem = read(parser, json).get(root);
  Value value(std::move(where), root);
  if (problem != simdjson::SUCCESS) value.fail("invalid JSON: malformed, cut off or nested too deeply");
  return value;
}

std::string optional_text(const Value& object, std::string_view key) {
  const auto found = object.find(key);
  return std::string(found ? found->text() : std::string_view());
}

std::vector<std::string> optional_texts(const Value& object, std::string_view key) {
  std::vector<std::string> out;
  if (const auto list = object.find(key)) list->each_item([&](const Value& item) { out.emplace_back(item.text()); });
  return out;
}

std::map<std::string, std::string> annotations_of(const Value& object) {
  std::map<std::string, std::string> out;
  const auto found = object.find("annotations");
  if (!found) return out;
  found->each_member([&](std::string_view key, const Value& value) {
    out.insert_or_assign(std::string(key), value.is_null() ? std::string_view() : value.text());
  });
  return out;
}

Platform platform_of(const Value& value) {
  return {.architecture = optional_text(value, "architecture"),
          .os = optional_text(value, "os"),
          .os_version = optional_text(value, "os.version"),
          .os_features = optional_texts(value, "os.features"),
          .variant = optional_text(value, "variant")};
}

Digest digest_of(const Value& value) {
  const std::string_view text = value.text();
  try {
    return Digest::parse(text);
  } catch (const Error& error) {
    value.fail(error.what());
  }
}

std::string media_type_of(const Value& value) {
  const std::string_view text = value.text();
  if (text.empty()) value.fail("empty");
  return std::string(text);
}

Descriptor descriptor_of(const Value& value) {
  Descriptor out{.media_type = media_type_of(value.required("mediaType")),
                 .digest = digest_of(value.required("digest")),
                 .size = value.required("size").size(),
                 .urls = optional_texts(value, "urls"),
                 .annotations = annotations_of(value),
                 .artifact_type = optional_text(value, "artifactType")};
  if (const auto data = value.find("data")) {
    out.data = from_base64(data->text());
    if (!out.data) data->fail("not base64");
  }
  if (const auto platform = value.find("platform")) out.platform = platform_of(*platform);
  return out;
}

std::optional<Descriptor> optional_descriptor(const Value& object, std::string_view key) {
  const auto found = object.find(key);
  return found ? std::optional(descriptor_of(*found)) : std::nullopt;
}

std::vector<Descriptor> descriptors_of(const Value& list) {
  std::vector<Descriptor> out;
  list.each_item([&](const Value& item) { out.push_back(descriptor_of(item)); });
  return out;
}

std::vector<Descriptor> optional_descriptors(const Value& object, std::string_view key) {
  const auto found = object.find(key);
  return found ? descriptors_of(*found) : std::vector<Descriptor>();
}

/// Returns the descriptors that `mirror gather --index-fallback` moved from `manifests` to an annotation, for
/// registries that refuse nested indexes.
std::vector<Descriptor> extra_manifests(const std::map<std::string, std::string>& annotations) {
  const auto found = annotations.find(std::string(annotation::extra_manifests));
  if (found == annotations.end()) return {};
  dom::parser parser;
  const Value list = parse_json(parser, found->second, found->first);
  return list.is_null() ? std::vector<Descriptor>() : descriptors_of(list);
}

/// Throws if other readers might take the manifest for another kind, as its content would then be left out silently.
void refuse_other_kinds(const Value& root, ContentKind kind, std::string_view media_type) {
  const std::string own = optional_text(root, "mediaType");
  if (!own.empty() && content_kind(own) != kind)
    throw Error(ErrorKind::bad_input, "mediaType: got " + in_quotes(own) + ", want " + in_quotes(media_type))
        .hint(push_again);

  constexpr auto keys = std::to_array<std::pair<std::string_view, ContentKind>>({{"config", ContentKind::image},
                                                                                 {"layers", ContentKind::image},
                                                                                 {"manifests", ContentKind::index},
                                                                                 {"blobs", ContentKind::artifact}});
  for (const auto& [key, of] : keys) {
    if (of != kind && root.find(key))
      throw Error(ErrorKind::bad_input, std::string(key) + ": not allowed in " + in_quotes(media_type))
          .hint(push_again);
  }
}

}  // namespace

Manifest Manifest::parse(std::string_view media_type, std::string_view json) {
  Manifest out{.kind = content_kind(media_type)};
  if (out.kind == ContentKind::blob)
    throw Error(ErrorKind::bad_input, "media type " + in_quotes(media_type) + ": not a manifest type").hint(push_again);
  dom::parser parser;
  const Value root = parse_json(parser, json, "");
  refuse_other_kinds(root, out.kind, media_type);
  out.annotations = annotations_of(root);
  if (!is_docker(media_type)) {
    out.subject = optional_descriptor(root, "subject");
    out.artifact_type = optional_text(root, "artifactType");
  }
  if (out.kind == ContentKind::image) {
    out.config = descriptor_of(root.required("config"));
    out.layers = optional_descriptors(root, "layers");
  } else if (out.kind == ContentKind::artifact) {
    out.layers = optional_descriptors(root, "blobs");
  } else {
    out.manifests = optional_descriptors(root, "manifests");
    std::ranges::move(extra_manifests(out.annotations), std::back_inserter(out.manifests));
  }
  return out;
}

std::vector<const Descriptor*> Manifest::successors() const {
  std::vector<const Descriptor*> out;
  if (subject) out.push_back(&*subject);
  if (config) out.push_back(&*config);
  for (const Descriptor& layer : layers) out.push_back(&layer);
  for (const Descriptor& manifest : manifests) out.push_back(&manifest);
  return out;
}

std::vector<Descriptor> parse_referrers(std::string_view json) {
  dom::parser parser;
  return optional_descriptors(parse_json(parser, json, ""), "manifests");
}

std::string layout_version(std::string_view json) {
  dom::parser parser;
  return optional_text(parse_json(parser, json, ""), "imageLayoutVersion");
}

std::vector<std::string> parse_strings(std::string_view json) {
  dom::parser parser;
  std::vector<std::string> strings;
  parse_json(parser, json, "").each_item([&](const Value& item) { strings.emplace_back(item.text()); });
  return strings;
}

bool is_index(std::string_view json) {
  dom::parser parser;
  dom::object root;
  if (read(parser, json).get(root) != simdjson::SUCCESS) return false;
  const auto has = [root](std::string_view key) { return root.at_key(key).error() == simdjson::SUCCESS; };
  return has("schemaVersion") && has("manifests");
}

std::string sniff_media_type(std::string_view json) {
  dom::parser parser;
  dom::object root;
  if (read(parser, json).get(root) != simdjson::SUCCESS) return {};
  std::string_view own;
  if (const auto type = member(root, "mediaType"); type && type->get(own) == simdjson::SUCCESS && !own.empty())
    return std::string(own);
  const bool index = member(root, "manifests").has_value();
  const bool image = member(root, "config").has_value();
  if (index == image) return {};
  return std::string(index ? media_type::oci_index : media_type::oci_manifest);
}

}  // namespace acedt::oci

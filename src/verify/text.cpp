#include "acedt/verify/text.hpp"

#include <algorithm>
#include <map>

#include "acedt/base/text.hpp"
#include "acedt/oci/media_type.hpp"

namespace acedt::verify {
namespace {

std::string json(std::string_view text) {
  return '"' + json_printable(text) + '"';
}

std::string counted(std::uint64_t count, const char* noun) {
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

struct Totals {
  std::uint64_t manifests = 0;
  std::uint64_t blobs = 0;
  Bytes bytes = {};
};

Totals totals_of(const Result& result) {
  Totals totals;
  for (const Examined& archive : result.archives) {
    totals.manifests += archive.manifests;
    totals.blobs += archive.blobs;
    totals.bytes += archive.bytes;
  }
  return totals;
}

std::string members_of(const Examined& archive, Severity worst) {
  const auto& root = archive.closure.root;
  const std::string_view artifact =
      root ? oci::annotation_of(root->annotations, oci::annotation::ref_name) : std::string_view();
  std::string needs;
  for (const std::string& file : archive.needs) needs += (needs.empty() ? "" : ", ") + json(file);
  return "{\"file\": " + json(archive.file) + ", \"number\": " + std::to_string(archive.number) +
         ", \"state\": " + json(worst == Severity::note ? "complete" : name(worst)) +
         ", \"size\": " + std::to_string(archive.size.count) + ", \"artifact\": " + json(artifact) +
         ", \"digest\": " + (root ? json(root->digest.text()) : "null") +
         ", \"manifests\": " + std::to_string(archive.manifests) + ", \"blobs\": " + std::to_string(archive.blobs) +
         ", \"bytes\": " + std::to_string(archive.bytes.count) + ", \"needs\": [" + needs + "]}";
}

std::string members_of(const Finding& finding) {
  return "{\"severity\": " + json(name(finding.severity)) + ", \"archive\": " + json(finding.archive) +
         ", \"subject\": " + json(finding.subject) + ", \"what\": " + json(finding.what) +
         ", \"remedy\": " + json(finding.remedy) + '}';
}

/// Returns `items` as the items of a JSON array, one in a line.
template <class Items, class Text>
std::string lines(const Items& items, Text text) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "\n    " : ",\n    ") + text(item);
  return out + (out.empty() ? "" : "\n  ");
}

}  // namespace

std::string line_of(const Finding& finding) {
  std::string line(name(finding.severity));
  for (const std::string& part : {finding.archive, finding.subject})
    if (!part.empty()) line += ": " + part;
  line += ": " + finding.what;
  if (!finding.remedy.empty()) line += "; " + finding.remedy;
  return line;
}

std::string summary_of(const Result& result) {
  const std::string asked = severest(result) == Severity::note ? " has all of it" : " was asked for all of it";
  const Totals totals = totals_of(result);
  return (result.shard ? "shard " + result.shard->text() + ": " : "") + counted(result.archives.size(), "archive") +
         ", " + counted(totals.manifests, "manifest") + ", " + counted(totals.blobs - totals.manifests, "other blob") +
         ", " + human(totals.bytes) + ": " +
         (result.full ? "every byte was checked" : "headers and manifests were checked (--full checks every byte)") +
         (result.against.empty() ? "" : "; " + result.against + asked);
}

std::string report_of(const Result& result, std::string_view version) {
  const Totals totals = totals_of(result);
  std::map<std::string_view, Severity> worst;
  for (const Finding& finding : result.findings)
    worst[finding.archive] = std::max(worst[finding.archive], finding.severity);
  const auto with = [&](Severity severity) {
    return std::to_string(std::ranges::count(result.findings, severity, &Finding::severity));
  };
  return "{\n  \"version\": 1,\n  \"program\": " + json("ace-dt " + std::string(version)) +
         ",\n  \"level\": " + json(result.full ? "full" : "quick") +
         (result.shard ? ",\n  \"shard\": " + json(result.shard->text()) : "") +
         (result.against.empty() ? "" : ",\n  \"against\": " + json(result.against)) + ",\n  \"archives\": [" +
         lines(result.archives, [&](const Examined& archive) { return members_of(archive, worst[archive.file]); }) +
         "],\n  \"findings\": [" + lines(result.findings, [](const Finding& finding) { return members_of(finding); }) +
         "],\n  \"manifests\": " + std::to_string(totals.manifests) +
         ",\n  \"blobs\": " + std::to_string(totals.blobs) + ",\n  \"bytes\": " + std::to_string(totals.bytes.count) +
         ",\n  \"damaged\": " + with(Severity::damaged) + ",\n  \"incomplete\": " + with(Severity::incomplete) +
         ",\n  \"notes\": " + with(Severity::note) + "\n}\n";
}

Severity severest(const Result& result) {
  Severity worst = Severity::note;
  for (const Finding& finding : result.findings) worst = std::max(worst, finding.severity);
  return worst;
}

}  // namespace acedt::verify

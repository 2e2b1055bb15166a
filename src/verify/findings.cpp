// Turns the results of the checks into findings. Each one says what is wrong, with which archive and content, and what
// to do.

#include "acedt/verify/findings.hpp"

#include <algorithm>
#include <set>

#include "acedt/base/text.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/sync/archive_name.hpp"

namespace acedt::verify {
namespace {

const std::string copy_again =
    "copy the archive again from where it was made; if it is damaged there as well, empty it there (truncate -s 0) and "
    "run batch-serialize, which rebuilds it";
const std::string carry_parts = "carry it, or copy it again: all parts of an archive are needed";
const std::string carry_over = "carry it over, or name a record of what the other side already has with --assume";

/// Collects the findings of one archive.
class Findings {
 public:
  Findings(const Examined& archive, const Surroundings& surroundings) : archive_(archive), around_(surroundings) {}

  std::vector<Finding> take() {
    add_damage();
    compare_records();
    add_missing();
    add_notes();
    return std::move(findings_);
  }

 private:
  void add(Severity severity, std::string what, std::string remedy = "", std::string subject = "") {
    findings_.push_back({severity, archive_.file, std::move(subject), std::move(what), std::move(remedy)});
  }
  void damaged(std::string what, std::string subject = "") {
    add(Severity::damaged, std::move(what), copy_again, std::move(subject));
  }

  void add_damage() {
    if (!archive_.conflict.empty())
      add(Severity::damaged, archive_.conflict, "move one of them away, the file or all of its parts");
    for (const std::string& problem : archive_.lacking) add(Severity::incomplete, problem, carry_parts);
    if (!archive_.unreadable.empty())
      add(Severity::damaged, archive_.unreadable, "check the medium, or copy the archive again");
    for (const std::string& problem : archive_.problems) damaged(problem);
    if (archive_.after_end.count > 0) damaged("has bytes after the end-of-archive marker, which readers ignore");
    std::set<std::string> told;
    for (const auto* faults : {&archive_.closure.faults, &archive_.damage}) {
      for (const closure::Fault& fault : *faults) {
        const std::string subject = fault.digest ? fault.digest->text() : "";
        if (subject.empty() || told.insert(subject + fault.what).second) damaged(fault.what, subject);
      }
    }
  }

  void compare_records() {
    if (!archive_.known) return;
    const std::optional<sync::TrackerRow>& row = archive_.known->row;
    const std::optional<sync::Origin>& origin = archive_.known->origin;
    const std::optional<Bytes>& recorded_size = archive_.known->recorded_size;
    if (recorded_size && archive_.lacking.empty() && *recorded_size != archive_.size)
      damaged("has " + std::to_string(archive_.size.count) + " bytes, but the ledger says " +
              std::to_string(recorded_size->count));
    if (const auto lacking = around_.only_in_ledger.find(archive_.file); lacking != around_.only_in_ledger.end()) {
      const auto& [first, count] = lacking->second;
      damaged("the ledger says that it has this" + (count == 1 ? "" : " and " + std::to_string(count - 1) + " more") +
                  ", but it does not",
              first.text());
    }
    if (!archive_.closure.root) return;
    const std::string root = archive_.closure.root->digest.text();
    const std::string_view artifact = oci::annotation_of(archive_.closure.root->annotations, oci::annotation::ref_name);
    if (row && !row->digest.empty() && row->digest != root) damaged_record("digest", root, "tracker", row->digest);
    if (origin && origin->digest != root) damaged_record("digest", root, "ledger", origin->digest);
    if (row && !artifact.empty() && row->artifact != artifact)
      damaged_record("artifact", std::string(artifact), "tracker", row->artifact);
  }

  void damaged_record(const char* field, const std::string& ours, const char* record, const std::string& theirs) {
    add(Severity::damaged,
        std::string("its root has the ") + field + ' ' + ours + ", but the " + record + " says " + theirs,
        "find out which one is right: another archive may have taken its name, or the records were edited");
  }

  /// Attributes each missing digest to the first of these that has it: what is assumed; an archive in the ledger; a
  /// later archive; the archives that index.json declares as needed.
  void add_missing() {
    if (archive_.closure.missing.empty()) return;
    std::map<std::string, std::vector<const closure::Missing*>> by_archive;
    std::vector<std::string> absent = absent_needs();
    const bool any_absent = !absent.empty();
    std::erase_if(absent, [this](const std::string& file) { return around_.assumed.archives.contains(file); });
    for (const closure::Missing& missing : archive_.closure.missing) {
      if (around_.assumed.digests.contains(missing.digest)) continue;
      const auto known = around_.in_ledger.find(missing.digest);
      const auto places = around_.closures.places_of(missing.digest);
      if (missing.is_subject) {
        add(Severity::note, "the subject of " + missing.wanted_by->text() + " is missing; only the referrer is there",
            "", missing.digest.text());
      } else if (known != around_.in_ledger.end()) {
        if (!around_.assumed.archives.contains(known->second)) by_archive[known->second].push_back(&missing);
      } else if (!places.empty()) {
        add_later(missing, around_.closures.file(places.front().archive));
      } else if (any_absent) {
        for (const std::string& file : absent) by_archive[file].push_back(&missing);
      } else {
        add_unknown(missing);
      }
    }
    for (const auto& [file, contents] : by_archive) add_needed(file, contents);
  }

  /// Returns the archives that this one declares as needed, and that are not in the folder or are damaged.
  std::vector<std::string> absent_needs() const {
    std::set<std::string> there;
    for (std::size_t i = 0; i < around_.closures.size(); ++i) there.insert(around_.closures.file(i));
    for (const auto* unusable : {&around_.broken, &around_.lacking_parts})
      for (const std::string& file : *unusable) there.erase(file);
    std::vector<std::string> absent;
    for (const std::string& file : archive_.closure.declared_needs)
      if (!there.contains(file)) absent.push_back(file);
    return absent;
  }

  void add_needed(const std::string& file, const std::vector<const closure::Missing*>& contents) {
    const auto tracked = around_.tracked.find(file);
    const std::string artifact = tracked == around_.tracked.end() ? "" : " (" + tracked->second + ")";
    const std::string count = contents.size() == 1 ? "" : " and " + std::to_string(contents.size() - 1) + " more";
    const bool is_broken = around_.broken.contains(file);
    const bool lacks_parts = around_.lacking_parts.contains(file);
    const char* const state = is_broken ? "damaged" : lacks_parts ? "incomplete" : "missing";
    add(Severity::incomplete,
        "needs " + file + artifact + ", which is " + state + ", for " + contents.front()->digest.text() + count,
        is_broken     ? copy_again
        : lacks_parts ? carry_parts
                      : carry_over,
        file);
  }

  void add_later(const closure::Missing& missing, const std::string& file) {
    add(Severity::incomplete, "is missing: only " + file + ", which has a higher number, has it",
        "give the archives the numbers that they were made with", missing.digest.text());
  }

  void add_unknown(const closure::Missing& missing) {
    const std::string wanted_by = missing.wanted_by ? missing.wanted_by->text() : "index.json";
    const std::string artifact = artifact_of_root();
    add(Severity::incomplete,
        "is missing: " + wanted_by + (artifact.empty() ? "" : ", of " + artifact + ',') + " refers to it",
        "carry over the archive that has it, or name a list of what the other side already has with --assume",
        missing.digest.text());
  }

  std::string artifact_of_root() const {
    if (!archive_.closure.root) return "";
    return std::string(oci::annotation_of(archive_.closure.root->annotations, oci::annotation::ref_name));
  }

  void add_notes() {
    for (const std::string& remark : archive_.closure.remarks) add(Severity::note, remark);
    for (const std::string& warning : archive_.warnings) add(Severity::note, warning);
    const std::size_t left_out = archive_.closure.left_out.size();
    if (left_out > 0)
      add(Severity::note, "was made with --platform " + archive_.closure.platforms + ": " + std::to_string(left_out) +
                              (left_out == 1 ? " manifest" : " manifests") + " of other platforms " +
                              (left_out == 1 ? "is" : "are") + " left out");
  }

  const Examined& archive_;
  const Surroundings& around_;
  std::vector<Finding> findings_;
};

/// Returns gaps as "1, 2 to 4, 6", shortened if there are many.
std::string ranges(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& gaps) {
  constexpr std::size_t max_shown = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(gaps.size(), max_shown); ++i) {
    const auto& [first, last] = gaps[i];
    text += (i == 0 ? "" : ", ") + std::to_string(first);
    if (last > first) text += " to " + std::to_string(last);
  }
  return text + (gaps.size() > max_shown ? " …" : "");
}

}  // namespace

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::note: return "note";
    case Severity::incomplete: return "incomplete";
    case Severity::damaged: break;
  }
  return "damaged";
}

std::vector<Finding> findings_of(const Examined& archive, const Surroundings& surroundings) {
  return Findings(archive, surroundings).take();
}

std::vector<Finding> findings_about_numbers(std::span<const Examined> archives,
                                            const std::map<std::string, std::string>& tracked) {
  std::vector<Finding> findings;
  std::set<std::string> there;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
  const Examined* before = nullptr;
  for (const Examined& archive : archives) {
    there.insert(archive.file);
    if (archive.number == 0)
      findings.push_back({Severity::damaged, archive.file, "", "has the number 0, which no archive gets",
                          "remove it, or give it the number that it was made with"});
    if (before != nullptr && before->number == archive.number)
      findings.push_back({Severity::damaged, archive.file, before->file, "has the same number as " + before->file,
                          "remove the one that does not belong to the folder"});
    if (before != nullptr && archive.number > before->number + 1)
      gaps.emplace_back(before->number + 1, archive.number - 1);
    before = &archive;
  }
  if (!gaps.empty()) findings.push_back({Severity::note, "", "", "no archive has the numbers " + ranges(gaps), ""});
  std::vector<std::string> absent;
  for (const auto& [file, artifact] : tracked)
    if (!there.contains(file)) absent.push_back(file);
  if (!absent.empty()) {
    const std::string more = absent.size() == 1 ? "" : " and " + std::to_string(absent.size() - 1) + " more";
    findings.push_back(
        {Severity::note, "", "", "the tracker has archives that are not in the folder: " + absent.front() + more, ""});
  }
  return findings;
}

}  // namespace acedt::verify

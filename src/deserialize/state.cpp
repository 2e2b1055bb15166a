// The record is the truth, and the journal is a hint. A crash between the two writes costs at most that one archive is
// checked again. So only the record is synced.

#include "deserialize/state.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/sync/csv.hpp"

namespace acedt::deserialize {
namespace {

namespace fs = std::filesystem;

/// Returns the directories to try, best first.
std::vector<fs::path> directories(const PushState::Paths& paths) {
  if (paths.state) return {*paths.state};
  std::vector<fs::path> found = {push_folder_in(paths.folder)};
  if (!paths.fallback.empty()) found.push_back(paths.fallback);
  return found;
}

fs::path record_for(const fs::path& directory, const PushState::Paths& paths) {
  const bool is_in_folder = directory == push_folder_in(paths.folder);
  return (is_in_folder ? paths.folder : directory) / paths.sync_filename;
}

}  // namespace

PushState::Writing PushState::take_lock(const fs::path& directory, const fs::path& record, const Disk& disk) {
  disk.make_directory(directory);
  File lock = File::open_or_create(directory / "lock", disk);
  if (lock.try_lock() == File::Lock::held)
    throw Error(ErrorKind::locked, directory.string() + " is in use by another process")
        .hint("wait until the other push has ended");
  File journal = File::open_or_create(directory / "journal.csv", disk);
  return {std::move(lock), File::open_or_create(record, disk), std::move(journal)};
}

PushState PushState::read(const Paths& paths, const oci::Reference& destination, const Disk& disk) {
  PushState state;
  state.destination_ = destination.registry + '/' + destination.repository;
  for (const fs::path& directory : directories(paths)) {
    state.read_record(record_for(directory, paths), destination, disk);
    state.read_journal(directory / "journal.csv", disk);
  }
  if (paths.state) state.read_record(paths.folder / paths.sync_filename, destination, disk);
  return state;
}

PushState PushState::open(const Paths& paths, const oci::Reference& destination, const Disk& disk) {
  std::optional<Writing> writing;
  std::optional<Error> failure;
  std::string warning;
  for (const fs::path& directory : directories(paths)) {
    try {
      writing = take_lock(directory, record_for(directory, paths), disk);
      if (failure) warning = "the sync folder cannot be written, so the record is in " + directory.string();
      break;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::storage) throw;
      if (!failure) failure = error;
    }
  }
  if (!writing) throw Error(*failure).hint("name a folder for the record with --state");
  PushState state = read(paths, destination, disk);
  state.writing_ = std::move(writing);
  state.preamble_ = Record::parse(state.writing_->record.text(), paths.sync_filename).preamble();
  if (const std::string text = state.writing_->journal.text(); !text.empty() && !text.ends_with('\n'))
    state.writing_->journal.append("\n");  // a crash cut the last line
  if (!warning.empty()) state.warnings_.push_back(std::move(warning));
  return state;
}

void PushState::read_record(const fs::path& path, const oci::Reference& destination, const Disk& disk) {
  const auto text = read_if_there(path, disk);
  if (!text) return;
  const Record record = Record::parse(*text, path.string());
  recorded_.merge(record.files_at(destination));
  others_.merge(record.others_at(destination));
  warnings_.insert(warnings_.end(), record.warnings().begin(), record.warnings().end());
}

void PushState::read_journal(const fs::path& path, const Disk& disk) {
  const auto text = read_if_there(path, disk);
  if (!text) return;
  const std::string name = path.string();
  sync::CsvReader reader(*text, name, {.comments = sync::Comments::whole_lines});
  try {
    while (auto row = reader.next()) {
      const std::vector<std::string>& fields = row->fields;  // destination, file, digest
      if (fields.size() == 3 && fields[0] == destination_) roots_[fields[1]] = fields[2];
    }
  } catch (const Error&) {
    // A crash cut the last line off. The archive in it is taken from the record alone.
  }
}

bool PushState::has(const std::string& file, const oci::Digest& root) {
  if (!recorded_.contains(file)) return false;
  const auto known = roots_.find(file);
  if (known == roots_.end() || known->second == root.text()) return true;
  warnings_.push_back(file + " was pushed with the root " + known->second + ", and now has " + root.text() +
                      ": it is pushed again");
  return false;
}

std::string PushState::other_with(const std::string& file) const {
  const auto other = others_.find(file);
  return other == others_.end() ? "" : other->second;
}

void PushState::add(const Record::Row& row, const oci::Digest& root, std::chrono::system_clock::time_point now) {
  writing_->journal.append(sync::csv_line({destination_, row.file, root.text()}));
  writing_->record.append(std::exchange(preamble_, "") + record_line(row, now));
}

void PushState::sync() {
  writing_->record.sync();
}

fs::path push_folder_in(const fs::path& folder) {
  return folder / ".ace-dt" / "push";
}

fs::path state_folder_for(const std::vector<oci::Digest>& roots,
                          const std::function<std::optional<std::string>(const std::string&)>& environment) {
  fs::path base = environment("XDG_STATE_HOME").value_or("");
  const std::string home = environment("HOME").value_or("");
  if (base.empty() && home.empty()) return {};
  if (base.empty()) base = fs::path(home) / ".local" / "state";
  std::string texts;
  for (const oci::Digest& root : roots) texts += root.text() + '\n';
  constexpr std::size_t digits = 16;
  return base / "ace-dt" / "push" / codec::digest_of(oci::Algorithm::sha256, as_bytes(texts)).hex().substr(0, digits);
}

}  // namespace acedt::deserialize

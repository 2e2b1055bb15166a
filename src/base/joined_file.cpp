// All that knows of parts when bytes are read and written. A file that is never divided is a File, with the same system
// calls. Otherwise, Parts finds the part of an offset, and keeps the parts that were used last open.
//
// While a file is written, it starts under its own name. When it grows beyond the size of a part, it is renamed to
// FILE.001, and FILE.002 is created. So nothing is copied, and a file that turns out small needs no renaming.

#include "acedt/base/joined_file.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <future>
#include <mutex>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t part_digits = 3;

/// Returns the sizes of FILE.001, FILE.002, … up to the first that does not exist.
PartSizes sizes_of(const Disk& disk, const fs::path& file) {
  PartSizes sizes;
  for (unsigned number = 1; number <= max_parts; ++number) {
    const auto status = disk.status(part_path(file, number));
    if (!status) break;
    sizes.emplace(number, status->size);
  }
  return sizes;
}

/// Returns the sizes of all parts in the folder, also of those after one that does not exist.
PartSizes listed_parts(const Disk& disk, const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : ".";
  PartSizes sizes;
  if (!disk.exists(folder)) return sizes;
  for (const std::string& name : disk.list(folder)) {
    const auto part = PartName::parse(name);
    const auto status = part && part->file == file.filename() ? disk.status(folder / name) : std::nullopt;
    if (status) sizes.emplace(part->number, status->size);
  }
  return sizes;
}

Bytes sum_of(const PartSizes& sizes) {
  Bytes sum;
  for (const auto& [number, size] : sizes) sum += size;
  return sum;
}

Error incomplete(const fs::path& file, const std::string& problem) {
  return Error(ErrorKind::not_found, (file.parent_path() / problem).string())
      .hint("carry all parts of the archive, and put them into one folder");
}

}  // namespace

fs::path part_path(fs::path file, unsigned number) {
  const std::string digits = std::to_string(number);
  return file += "." + std::string(part_digits - digits.size(), '0') + digits;
}

std::optional<PartName> PartName::parse(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name.size() - dot - 1 != part_digits) return std::nullopt;
  const auto number = to_number(name.substr(dot + 1));
  if (!number || *number == 0) return std::nullopt;
  return PartName{std::string(name.substr(0, dot)), static_cast<unsigned>(*number)};
}

std::uint64_t count_parts(Bytes size, std::optional<Bytes> part_size) {
  if (!part_size || size <= *part_size) return 1;
  return (size.count - 1) / part_size->count + 1;
}

std::vector<std::string> part_problems(const std::string& file, const PartSizes& sizes, std::optional<Bytes> whole) {
  if (sizes.empty()) return {};
  const auto name = [&](unsigned number) { return part_path(file, number).string(); };
  const auto bytes = [](Bytes size) { return std::to_string(size.count) + (size.count == 1 ? " byte" : " bytes"); };
  std::vector<std::string> problems;
  const auto largest = std::ranges::max_element(sizes, {}, [](const auto& part) { return part.second; });
  const auto& [last, last_size] = *sizes.rbegin();
  for (const auto& [number, size] : sizes)
    if (number != last && size != largest->second)
      problems.push_back(name(number) + " has " + bytes(size) + ", fewer than " + name(largest->first));
  if (last_size == Bytes{}) problems.push_back(name(last) + " is empty");
  const bool is_size_known = problems.empty() && (sizes.size() > 1 || last == 1);
  std::uint64_t count = std::max(last, 2U);
  if (is_size_known && whole && last_size == largest->second)
    count = std::clamp<std::uint64_t>(count_parts(*whole, largest->second), count, max_parts);
  for (unsigned number = 1; number <= count; ++number)
    if (!sizes.contains(number)) problems.push_back(name(number) + " is missing");
  if (problems.empty() && whole && sum_of(sizes) != *whole)
    problems.push_back(name(last) + " has " + bytes(last_size) + ": all parts together have " + bytes(sum_of(sizes)) +
                       " instead of " + std::to_string(whole->count));
  return problems;
}

bool is_there(const Disk& disk, const fs::path& file) {
  return disk.exists(file) || disk.exists(part_path(file, 1));
}

std::optional<Bytes> size_of(const Disk& disk, const fs::path& file) {
  if (const auto status = disk.status(file))
    return status->type == fs::file_type::regular ? std::optional(status->size) : std::nullopt;
  const PartSizes sizes = sizes_of(disk, file);
  return !sizes.empty() && part_problems("", sizes).empty() ? std::optional(sum_of(sizes)) : std::nullopt;
}

void remove_parts(const Disk& disk, const fs::path& file) {
  const std::string name = file.filename().string();
  for (const std::string& other : disk.list(file.has_parent_path() ? file.parent_path() : ".")) {
    const auto part = PartName::parse(other);
    if (part && part->file == name) disk.remove(file.parent_path() / other);
  }
}

/// A file that is in parts, or may become so.
class JoinedFile::Parts {
 public:
  enum class Access { read, write };

  /// `count` parts exist; 0: the file has its own name.
  Parts(fs::path path, Bytes part_size, unsigned count, Access access, const Disk& disk)
      : path_(std::move(path)),
        part_size_(part_size),
        is_writable_(access == Access::write),
        disk_(disk),
        is_divided_(count > 0),
        count_(std::max(count, 1U)) {}

  const fs::path& path() const noexcept { return path_; }

  unsigned divided_into() const {
    const std::lock_guard lock(mutex_);
    return is_divided_ ? count_ : 0;
  }

  std::string next_part() const {
    const unsigned last = divided_into();
    const bool is_full = last > 0 && last < max_parts && size() == Bytes{last * part_size_.count};
    return is_full ? part_path(path_.filename(), last + 1).string() : "";
  }

  Bytes size() const {
    const unsigned last = count();
    return Bytes{(last - 1) * part_size_.count} + part(last)->size();
  }

  void preallocate(Bytes size) {
    try {
      const auto last = static_cast<unsigned>(count_parts(size, part_size_));
      for (unsigned number = 1; number <= last; ++number) writable(last, number)->preallocate(size_of(number, size));
    } catch (const Error&) {
      truncate({});  // gives back the blocks that it got
      throw;
    }
  }

  void truncate(Bytes size) {
    const std::lock_guard lock(mutex_);
    const auto kept = static_cast<unsigned>(count_parts(size, part_size_));
    for (; count_ > kept; --count_) {
      forget(count_);
      disk_.remove(part_path(path_, count_));
    }
    if (is_divided_ && kept == 1) rename(false);
    find(kept)->truncate(size_of(kept, size));
  }

  std::vector<File::Extent> written() const {
    std::vector<File::Extent> all;
    for (unsigned number = 1; number <= count(); ++number) {
      const Bytes start{(number - 1) * part_size_.count};
      for (const auto& [first, end] : part(number)->written()) {
        if (!all.empty() && all.back().end == start + first)
          all.back().end = start + end;
        else
          all.push_back({start + first, start + end});
      }
    }
    return all;
  }

  void write_at(Bytes offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto [number, within] = position(offset);
      const std::size_t size = std::min<std::uint64_t>(bytes.size(), (part_size_ - within).count);
      writable(number, number)->write_at(within, bytes.first(size));
      bytes = bytes.subspan(size);
      offset += {size};
    }
  }

  std::size_t read_at(Bytes offset, std::span<std::byte> buffer) const {
    std::size_t done = 0;
    while (done < buffer.size()) {
      const auto [number, within] = position(offset + Bytes{done});
      if (number > count()) break;
      const std::size_t wanted = std::min<std::uint64_t>(buffer.size() - done, (part_size_ - within).count);
      const std::size_t n = part(number)->read_at(within, buffer.subspan(done, wanted));
      done += n;
      if (n < wanted) break;
    }
    return done;
  }

  void sync() const {
    for (unsigned number = 1; number <= count(); ++number) part(number)->sync();
  }

  Bytes block_size() const { return part(1)->block_size(); }

  void disable_read_ahead() {
    const std::lock_guard lock(mutex_);
    has_read_ahead_ = false;
    for (const Open& one : open_) one.file->disable_read_ahead();
  }

  void start_writing() const {
    std::unique_lock lock(mutex_);
    const std::vector<Open> open = open_;
    lock.unlock();  // the disk may make this wait
    for (const Open& one : open) one.file->start_writing();
  }

 private:
  using FilePtr = std::shared_ptr<const File>;  // shared with calls that use it while another part takes its place
  struct Open {
    unsigned number;
    FilePtr file;
  };

  /// Returns the number of the part with the byte at `offset`, and its offset there. The part need not exist.
  std::pair<unsigned, Bytes> position(Bytes offset) const {
    const std::uint64_t before = std::min<std::uint64_t>(offset.count / part_size_.count, max_parts);
    return {static_cast<unsigned>(before) + 1, {offset.count % part_size_.count}};
  }

  /// Returns the size of a part of a file of `size`.
  Bytes size_of(unsigned number, Bytes size) const {
    return std::min(part_size_, size - Bytes{(number - 1) * part_size_.count});
  }

  unsigned count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }

  FilePtr part(unsigned number) const {
    const std::lock_guard lock(mutex_);
    return find(number);
  }

  /// Returns part `number` after making sure that there are `count` parts.
  FilePtr writable(unsigned count, unsigned number) {
    const std::lock_guard lock(mutex_);
    if (count > max_parts)
      throw Error(ErrorKind::internal, path_.string() + ": needs more than " + std::to_string(max_parts) + " parts");
    if (count > 1 && !is_divided_) rename(true);
    for (; count_ < count; ++count_) keep_open(count_ + 1, File::create(part_path(path_, count_ + 1), disk_));
    return find(number);
  }

  // The functions below need the lock.

  fs::path path_of(unsigned number) const { return is_divided_ ? part_path(path_, number) : path_; }

  void rename(bool divided) {
    const fs::path first = part_path(path_, 1);
    disk_.rename(divided ? path_ : first, divided ? first : path_);
    is_divided_ = divided;
    forget(1);  // its path has changed
  }

  void forget(unsigned number) {
    std::erase_if(open_, [&](const Open& one) { return one.number == number; });
  }

  FilePtr find(unsigned number) const {
    const auto found = std::ranges::find(open_, number, &Open::number);
    if (found == open_.end())
      return keep_open(
          number, is_writable_ ? File::open_or_create(path_of(number), disk_) : File::open(path_of(number), disk_));
    std::rotate(open_.begin(), found, found + 1);
    return open_.front().file;
  }

  FilePtr keep_open(unsigned number, File file) const {
    if (!has_read_ahead_) file.disable_read_ahead();
    if (open_.size() == (is_writable_ ? max_open_parts : 1)) open_.pop_back();
    open_.insert(open_.begin(), {number, std::make_shared<const File>(std::move(file))});
    return open_.front().file;
  }

  fs::path path_;
  Bytes part_size_;
  bool is_writable_;
  const Disk& disk_;
  mutable std::mutex mutex_;  // guards what follows
  bool is_divided_;
  unsigned count_;                  // of the parts, 1 or more
  mutable std::vector<Open> open_;  // the one that was used last comes first
  bool has_read_ahead_ = true;
};

JoinedFile::JoinedFile(File whole) : whole_(std::move(whole)) {}
JoinedFile::JoinedFile(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
JoinedFile::JoinedFile(JoinedFile&&) noexcept = default;
JoinedFile& JoinedFile::operator=(JoinedFile&&) noexcept = default;
JoinedFile::~JoinedFile() = default;

JoinedFile JoinedFile::open(const fs::path& path, const Disk& disk) {
  std::optional<JoinedFile> file = open_if_there(path, disk);
  if (file) return *std::move(file);
  const std::string name = path.filename().string();
  if (const PartSizes sizes = listed_parts(disk, path); !sizes.empty())
    throw incomplete(path, part_problems(name, sizes).front());
  errno = ENOENT;
  throw_errno("open " + path.string());
}

std::optional<JoinedFile> JoinedFile::open_if_there(const fs::path& path, const Disk& disk) {
  if (auto whole = File::open_if_there(path, disk)) return JoinedFile(*std::move(whole));
  PartSizes sizes = sizes_of(disk, path);
  if (sizes.empty())
    if (const auto second = disk.status(part_path(path, 2))) sizes.emplace(2, second->size);
  if (sizes.empty()) return std::nullopt;
  const auto problems = part_problems(path.filename().string(), sizes);
  if (!problems.empty()) throw incomplete(path, problems.front());
  return JoinedFile(
      std::make_unique<Parts>(path, sizes.at(1), static_cast<unsigned>(sizes.size()), Parts::Access::read, disk));
}

JoinedFile JoinedFile::open_or_create(const fs::path& path, std::optional<Bytes> part_size, const Disk& disk) {
  if (!part_size) return JoinedFile(File::open_or_create(path, disk));
  unsigned count = 0;
  for (const auto& [number, size] : sizes_of(disk, path)) {
    count = number;
    if (size != *part_size) break;  // what follows is not part of it, and is overwritten
  }
  auto parts = std::make_unique<Parts>(path, *part_size, count, Parts::Access::write, disk);
  const Bytes size = parts->size();
  const bool fits = size <= Bytes{std::max(count, 1U) * part_size->count};
  if (!fits) parts->truncate({});                 // it is of another part size
  if (fits && count == 1) parts->truncate(size);  // gives it its own name
  return JoinedFile(std::move(parts));
}

const fs::path& JoinedFile::path() const noexcept {
  return whole_ ? whole_->path() : parts_->path();
}

unsigned JoinedFile::parts() const {
  return whole_ ? 0 : parts_->divided_into();
}

std::string JoinedFile::next_part() const {
  return whole_ ? "" : parts_->next_part();
}

Bytes JoinedFile::size() const {
  return whole_ ? whole_->size() : parts_->size();
}

void JoinedFile::preallocate(Bytes size) const {
  whole_ ? whole_->preallocate(size) : parts_->preallocate(size);
}

void JoinedFile::truncate(Bytes size) const {
  whole_ ? whole_->truncate(size) : parts_->truncate(size);
}

std::vector<File::Extent> JoinedFile::written() const {
  return whole_ ? whole_->written() : parts_->written();
}

Bytes JoinedFile::block_size() const {
  return whole_ ? whole_->block_size() : parts_->block_size();
}

void JoinedFile::write_at(Bytes offset, std::span<const std::byte> bytes) const {
  whole_ ? whole_->write_at(offset, bytes) : parts_->write_at(offset, bytes);
}

void JoinedFile::write_at(Bytes offset, std::span<const std::byte> head, std::span<const std::byte> tail) const {
  if (whole_) return whole_->write_at(offset, head, tail);
  parts_->write_at(offset, head);
  parts_->write_at(offset + Bytes{head.size()}, tail);
}

void JoinedFile::write_at(Bytes offset, const std::vector<std::span<const std::byte>>& buffers) const {
  if (whole_) return whole_->write_at(offset, buffers);
  for (const auto& buffer : buffers) {
    parts_->write_at(offset, buffer);
    offset += {buffer.size()};
  }
}

std::size_t JoinedFile::read_at(Bytes offset, std::span<std::byte> buffer) const {
  return whole_ ? whole_->read_at(offset, buffer) : parts_->read_at(offset, buffer);
}

void JoinedFile::disable_read_ahead() const noexcept {
  whole_ ? whole_->disable_read_ahead() : parts_->disable_read_ahead();
}

void JoinedFile::start_writing() const noexcept {
  whole_ ? whole_->start_writing() : parts_->start_writing();
}

void JoinedFile::sync() const {
  whole_ ? whole_->sync() : parts_->sync();
}

std::vector<std::exception_ptr> sync_all(std::span<const JoinedFile> files) {
  constexpr std::size_t max_threads = 8;
  std::vector<std::exception_ptr> failures(files.size());
  std::atomic<std::size_t> next{0};
  const auto sync_one = [&](std::size_t i) {
    try {
      files[i].sync();
    } catch (...) {
      failures[i] = std::current_exception();
    }
  };
  const auto sync_some = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++) sync_one(i);
  };
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < std::min(max_threads, files.size()); ++i) others.push_back(std::async(sync_some));
  sync_some();
  for (std::future<void>& other : others) other.get();
  return failures;
}

}  // namespace acedt

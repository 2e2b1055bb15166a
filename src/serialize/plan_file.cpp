// A plan may have millions of rows, so it is written and read as a stream. The text is compressed because most of it is
// manifests, which compress well.

#include "serialize/plan_file.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/engine/resolve.hpp"
#include "acedt/oci/layout.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/sync/archive_name.hpp"

namespace acedt::serialize {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view any_version = "ace-dt plan ";
constexpr std::string_view first_line = "ace-dt plan 2";
constexpr int level = 3;                           // of zstd: about as fast as the rows are resolved
constexpr std::size_t frame_size = 4 << 20;        // of text
constexpr std::size_t piece_size = 256 << 10;      // of the file, read at a time
constexpr std::size_t max_line = 1 << 20;          // bytes; the names and references of a list are far shorter
constexpr std::uint64_t max_graph = 256ULL << 20;  // bytes; plan::Discovery allows 64 MiB of manifests

constexpr std::array<std::pair<std::string_view, PlanRow::State>, 3> states = {
    {{"todo", PlanRow::State::todo}, {"done", PlanRow::State::done}, {"failed", PlanRow::State::failed}}};
constexpr std::array<std::pair<std::string_view, codec::Compression>, 3> compressions = {
    {{"none", codec::Compression::none}, {"gzip", codec::Compression::gzip}, {"zstd", codec::Compression::zstd}}};
constexpr std::array<std::pair<std::string_view, plan::DedupScope>, 3> scopes = {
    {{"folder", plan::DedupScope::folder}, {"name", plan::DedupScope::name}, {"none", plan::DedupScope::none}}};

/// Returns the name of `value` in `table`.
template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  return std::ranges::find(table, value, [](const auto& entry) { return entry.second; })->first;
}

/// Writes a line of words.
class LineWriter {
 public:
  LineWriter& word(std::string_view text) {
    text_.append(text_.empty() ? "" : " ").append(text);
    return *this;
  }
  LineWriter& number(std::uint64_t number) { return word(std::to_string(number)); }
  LineWriter& quoted(std::string_view text) { return word(in_quotes(text)); }
  std::string line() { return std::move(text_) + '\n'; }

 private:
  std::string text_;
};

[[noreturn]] void damaged() {
  throw Error(ErrorKind::corrupt, "the plan is damaged or incomplete").hint("make it again with ace-dt mirror plan");
}

/// Takes the words of a line apart. Every function throws Error(corrupt) if the next word is not of its kind.
class LineParser {
 public:
  explicit LineParser(std::string line) : line_(std::move(line)), rest_(line_) {}
  LineParser(const LineParser&) = delete;
  LineParser& operator=(const LineParser&) = delete;
  ~LineParser() = default;

  /// Returns whether the next word is `expected`, and passes over it then.
  bool is(std::string_view expected) {
    std::string_view after = rest_;
    if (!take(after, expected) || (!after.empty() && !take(after, " "))) return false;
    rest_ = after;
    return true;
  }
  LineParser& expect(std::string_view expected) {
    if (!is(expected)) damaged();
    return *this;
  }
  std::string_view word() {
    const std::string_view found = rest_.substr(0, rest_.find(' '));
    if (found.empty()) damaged();
    rest_.remove_prefix(std::min(found.size() + 1, rest_.size()));
    return found;
  }
  std::uint64_t number() {
    const auto number = to_number(word());
    if (!number) damaged();
    return *number;
  }
  std::string quoted() {
    auto text = take_quoted(rest_);
    if (!text) damaged();
    return *std::move(text);
  }
  oci::Digest digest() {
    try {
      return oci::Digest::parse(word());
    } catch (const Error&) {
      damaged();
    }
  }
  oci::PlatformFilter platforms() {
    try {
      return oci::PlatformFilter::parse(quoted());
    } catch (const Error&) {
      damaged();
    }
  }
  template <class Table>
  auto one_of(const Table& table) {
    const auto found = std::ranges::find(table, word(), [](const auto& entry) { return entry.first; });
    if (found == table.end()) damaged();
    return found->second;
  }
  void end() const {
    if (!rest_.empty()) damaged();
  }

 private:
  std::string line_;
  std::string_view rest_;
};

std::string head_text(const PlanText& plan) {
  const auto& [head, mark] = plan;
  const Options& options = head.options;
  std::string text = std::string(first_line) + '\n';
  text += LineWriter().word("version").quoted(options.version).line();
  text += LineWriter().word("list").quoted(options.batch_list.string()).line();
  text += LineWriter()
              .word("tracker")
              .quoted(options.tracker_filename)
              .number(mark.tracker.size.count)
              .word(mark.tracker.digest.text())
              .line();
  text += LineWriter().word("ledger").number(mark.ledger.size.count).word(mark.ledger.digest.text()).line();
  text += LineWriter()
              .word("archives")
              .word(name_in(compressions, options.compression))
              .number(static_cast<std::uint64_t>(level_of(options)))
              .word(name_in(scopes, options.dedup))
              .number(options.recursive ? 1 : 0)
              .number(options.manifest_json ? 1 : 0)
              .line();
  text += LineWriter().word("split").number(options.split.value_or(Bytes{}).count).line();
  text += LineWriter()
              .word("platform")
              .quoted(options.platform.os)
              .quoted(options.platform.architecture)
              .quoted(options.platform.variant)
              .line();
  text += LineWriter().word("platforms").quoted(options.platforms.text()).line();
  return text + LineWriter().word("shards").number(head.shards.value_or(0)).line();
}

std::string row_line(const PlanRow& row, Bytes graph_size) {
  return LineWriter()
      .word("row")
      .word(name_in(states, row.state))
      .number(row.line)
      .number(row.fetch.count)
      .number(row.shared.count)
      .number(row.size.count)
      .number(row.requests)
      .number(graph_size.count)
      .quoted(row.name)
      .quoted(row.artifact)
      .quoted(row.archive)
      .quoted(row.digest)
      .quoted(row.problem)
      .line();
}

/// Removes `size` bytes and the line end after them from the front of `text`.
std::string_view take_content(std::string_view& text, std::uint64_t size) {
  if (size >= text.size() || text[size] != '\n') damaged();
  const std::string_view content = text.substr(0, size);
  text.remove_prefix(size + 1);
  return content;
}

std::string with_length(LineWriter words, std::string_view content) {
  return words.number(content.size()).line().append(content).append("\n");
}

/// Returns `path` with links followed, where a plan may be written.
fs::path writable_plan(const fs::path& path, const Disk& disk) {
  fs::path target = without_links(path);
  const auto status = disk.status(target);
  if (status && status->type != fs::file_type::regular)
    throw Error(ErrorKind::usage, path.string() + " is not a file: a plan needs one")
        .hint("name a file, such as gather.plan");
  return target;
}

}  // namespace

PlanFile open_plan(const fs::path& path, const Disk& disk) {
  return std::make_shared<const File>(File::open(path, disk));
}

oci::Digest each_in_plan(PlanFile plan, const OnPlanRow& on_row) {
  PlanReader reader(std::move(plan));
  while (const auto row = reader.next()) on_row(*row);
  return reader.digest();
}

PlanWriter::PlanWriter(const fs::path& path, const PlanText& text, const Disk& disk)
    : path_(writable_plan(path, disk)),
      disk_(disk),
      file_(File::create(beside(path_), disk)),
      encoder_(codec::Compression::zstd, level),
      hasher_(oci::Algorithm::sha256) {
  write(head_text(text));
}

PlanWriter::~PlanWriter() {
  if (!is_finished_) disk_.discard(beside(path_));
}

void PlanWriter::write(std::string_view text) {
  hasher_.update(as_bytes(text));
  text_ += text;
  if (text_.size() >= frame_size) flush();
}

void PlanWriter::flush() {
  for (std::string_view rest = text_; !rest.empty();) {
    const auto content = as_bytes(rest.substr(0, frame_size));
    rest.remove_prefix(content.size());
    if (const auto frame = encoder_.encode(content)) {
      file_.write_at(end_, *frame);
      end_ += {frame->size()};
    } else {
      const codec::StoredFrame stored(codec::Compression::zstd, content);
      file_.write_at(end_, stored.buffers());
      end_ += stored.size();
    }
  }
  text_.clear();
}

void PlanWriter::add(const PlanRow& row, const Planned* planned) {
  if (planned == nullptr) return write(row_line(row, {}));
  const std::string graph = graph_text(*planned);
  write(row_line(row, {graph.size()}));
  write(graph + '\n');
}

void PlanWriter::finish() {
  const std::string digest = hasher_.finish().text();
  write(LineWriter().word("digest").word(digest).line());
  flush();
  file_.sync();
  disk_.rename(beside(path_), path_);
  disk_.sync_directory(path_.has_parent_path() ? path_.parent_path() : ".");
  is_finished_ = true;
}

/// Calls `read`, and names `file` in its errors.
template <class Read>
auto PlanReader::named(Read read) {
  try {
    return read();
  } catch (Error& error) {
    error.add(file_->path().string());
    error.hint("name the file that ace-dt mirror plan --out made; if it is that, make it again");
    throw;
  }
}

PlanReader::PlanReader(PlanFile file)
    : file_(std::move(file)),
      decoder_(codec::Compression::zstd),
      hasher_(oci::Algorithm::sha256),
      head_(named([this] { return read_head(); })) {}

PlanText PlanReader::read_head() {
  const std::string first = line();
  if (first != first_line && first.starts_with(any_version))
    throw Error(ErrorKind::usage, "this version of plans is unknown")
        .hint("carry out a plan with the ace-dt that made it, or make it again");
  if (first != first_line)
    throw Error(ErrorKind::corrupt, "this is not a plan").hint("name the file that ace-dt mirror plan --out made");
  PlanHead head;
  Options& options = head.options;
  options.version = LineParser(line()).expect("version").quoted();
  options.batch_list = LineParser(line()).expect("list").quoted();
  LineParser tracker(line());
  options.tracker_filename = tracker.expect("tracker").quoted();
  const Bytes tracker_size{tracker.number()};
  LineParser ledger(line());
  const Bytes ledger_size{ledger.expect("ledger").number()};
  const FolderMark mark{{tracker_size, tracker.digest()}, {ledger_size, ledger.digest()}};
  LineParser archives(line());
  options.compression = archives.expect("archives").one_of(compressions);
  const std::uint64_t of_compression = archives.number();
  if (options.compression != codec::Compression::none) options.compression_level = static_cast<int>(of_compression);
  options.dedup = archives.one_of(scopes);
  options.recursive = archives.number() == 1;
  options.manifest_json = archives.number() == 1;
  const Bytes split{LineParser(line()).expect("split").number()};
  if (split > Bytes{}) options.split = split;
  LineParser platform(line());
  options.platform = {};
  options.platform.os = platform.expect("platform").quoted();
  options.platform.architecture = platform.quoted();
  options.platform.variant = platform.quoted();
  options.platforms = LineParser(line()).expect("platforms").platforms();
  const std::uint64_t shards = LineParser(line()).expect("shards").number();
  if (shards > plan::max_shards) damaged();
  if (shards > 0) head.shards = static_cast<unsigned>(shards);
  return {std::move(head), mark};
}

bool PlanReader::fill() {
  text_.erase(0, std::exchange(used_, 0));
  const std::size_t before = text_.size();
  for (;;) {
    text_.resize(before + piece_size);
    const auto room = std::as_writable_bytes(std::span(text_)).subspan(before);
    const auto [consumed, produced] = decoder_.decode(as_bytes(input_), room);
    input_.erase(0, consumed);
    text_.resize(before + produced);
    if (produced > 0) return true;
    if (consumed > 0) continue;
    const std::size_t kept = input_.size();
    input_.resize(kept + piece_size);
    const std::size_t n = file_->read_at(at_, std::as_writable_bytes(std::span(input_)).subspan(kept));
    input_.resize(kept + n);
    at_ += {n};
    if (n == 0) return false;
  }
}

/// Returns the next `size` bytes.
std::string PlanReader::take(std::size_t size) {
  while (text_.size() - used_ < size)
    if (!fill()) damaged();
  std::string taken = text_.substr(used_, size);
  used_ += size;
  return taken;
}

std::string PlanReader::line() {
  std::size_t searched = 0;
  for (;;) {
    const std::size_t end = text_.find('\n', used_ + searched);
    if (end != text_.npos) {
      std::string line = take(end - used_ + 1);
      const bool is_last = line.starts_with("digest ");
      if (!is_last) hasher_.update(as_bytes(line));
      line.pop_back();
      return line;
    }
    searched = text_.size() - used_;
    if (searched > max_line || !fill()) damaged();
  }
}

std::optional<PlanRow> PlanReader::next() {
  if (digest_) return std::nullopt;
  if (graph_size_ > 0_B) graph();
  return named([this] { return read_row(); });
}

/// Reads the line of a row, or the last line.
std::optional<PlanRow> PlanReader::read_row() {
  LineParser parser(line());
  if (parser.is("digest")) {
    digest_ = parser.digest();
    if (hasher_.finish() != *digest_ || used_ < text_.size() || fill() || !decoder_.at_boundary()) damaged();
    return std::nullopt;
  }
  PlanRow row;
  row.state = parser.expect("row").one_of(states);
  row.line = parser.number();
  for (Bytes* size : {&row.fetch, &row.shared, &row.size}) size->count = parser.number();
  row.requests = parser.number();
  graph_size_ = {parser.number()};
  for (std::string* text : {&row.name, &row.artifact, &row.archive, &row.digest, &row.problem}) *text = parser.quoted();
  parser.end();
  row.parts = count_parts(row.size, head_.head.options.split);
  const bool is_named = row.state != PlanRow::State::todo || sync::ArchiveName::parse(row.archive);
  if (!is_named || graph_size_.count > max_graph) damaged();
  return row;
}

std::string PlanReader::graph() {
  const std::size_t size = std::exchange(graph_size_, {}).count + 1;
  std::string text = named([&] { return take(size); });
  hasher_.update(as_bytes(text));
  if (!text.ends_with('\n')) damaged();
  text.pop_back();
  return text;
}

std::string graph_text(const Planned& planned) {
  const engine::Artifact& artifact = planned.archive->artifact;
  std::string text = with_length(LineWriter().word("root"), oci::index_json({&artifact.root, 1}, {}));
  std::string stored;
  for (const bool is_stored : planned.stored) stored += is_stored ? '1' : '0';
  text += LineWriter().word("stored").word(stored).line();
  for (const std::string& file : planned.archive->needs) text += LineWriter().word("needs").quoted(file).line();
  for (const auto& [digest, node] : artifact.nodes) {
    const auto& document = node.document;
    text += document ? with_length(LineWriter().word("manifest").word(digest.text()).quoted(document->media_type),
                                   document->text)
                     : LineWriter().word("absent").word(digest.text()).line();
    if (node.referrers.empty()) continue;
    std::string flags;
    std::vector<oci::Descriptor> descriptors;
    for (const plan::Referrer& referrer : node.referrers) {
      flags += referrer.must_name_subject ? '1' : '0';
      descriptors.push_back(referrer.descriptor);
    }
    text += with_length(LineWriter().word("referrers").word(flags), oci::index_json(descriptors, {}));
  }
  return text;
}

namespace {

/// Returns the descriptors in an index.json that graph_text() wrote.
std::vector<oci::Descriptor> descriptors_in(std::string_view index) {
  return oci::Manifest::parse(oci::media_type::oci_index, index).manifests;
}

std::vector<plan::Referrer> parse_referrers(std::string_view flags, std::string_view index) {
  std::vector<oci::Descriptor> descriptors = descriptors_in(index);
  if (descriptors.size() != flags.size()) damaged();
  std::vector<plan::Referrer> referrers;
  for (std::size_t i = 0; i < flags.size(); ++i) referrers.push_back({std::move(descriptors[i]), flags[i] == '1'});
  return referrers;
}

plan::Node parse_manifest(const oci::Digest& digest, const std::string& media_type, std::string_view text,
                          const oci::PlatformFilter& platforms) {
  if (codec::digest_of(digest.algorithm(), as_bytes(text)) != digest) damaged();
  oci::Manifest manifest = oci::Manifest::parse(media_type, text);
  plan::Node node;
  node.left_out = platforms.select(manifest).left_out;
  node.document =
      std::make_shared<const plan::Document>(plan::Document{std::string(text), std::move(manifest), media_type});
  return node;
}

/// Returns those of `nodes` that an artifact consists of. Throws Error(corrupt) if some are missing; Error(bad_input)
/// if it is beyond a limit of plan::Discovery.
plan::Nodes whole_artifact(const oci::Descriptor& root, const plan::Nodes& nodes) {
  const oci::Manifest without_subject{.kind = oci::ContentKind::image};
  plan::Discovery discovery(root);
  for (;;) {
    const std::vector<oci::Descriptor> needed = discovery.take_needed();
    if (needed.empty()) return discovery.take_nodes();
    for (const oci::Descriptor& manifest : needed) {
      const auto node = nodes.find(manifest.digest);
      if (node == nodes.end()) {  // a manifest that a referrers tag lists, and that refers to another one
        if (discovery.belongs(manifest.digest, without_subject)) damaged();
      } else if (!node->second.document) {
        discovery.add_absent(manifest.digest, Error(ErrorKind::corrupt, "the plan lacks " + manifest.digest.text()));
      } else if (discovery.belongs(manifest.digest, node->second.document->manifest)) {
        discovery.add(manifest.digest, node->second);
      }
    }
  }
}

}  // namespace

PlannedGraph parse_graph(std::string_view text, const oci::PlatformFilter& platforms) {
  const auto line = [&] {
    const auto found = take_until(text, '\n');
    if (!found) damaged();
    return std::string(*found);
  };
  LineParser root(line());
  std::vector<oci::Descriptor> roots = descriptors_in(take_content(text, root.expect("root").number()));
  if (roots.size() != 1) damaged();
  PlannedGraph result{std::move(roots.front()), {}, {}, {}};
  LineParser stored(line());
  for (const char digit : stored.expect("stored").word()) result.decision.stored.push_back(digit == '1');
  plan::Node* last = nullptr;
  while (!text.empty()) {
    LineParser parser(line());
    if (parser.is("needs")) {
      result.decision.needs.push_back(parser.quoted());
    } else if (parser.is("manifest")) {
      const oci::Digest digest = parser.digest();
      const std::string media_type = parser.quoted();
      plan::Node node = parse_manifest(digest, media_type, take_content(text, parser.number()), platforms);
      last = &result.nodes.insert_or_assign(digest, std::move(node)).first->second;
    } else if (parser.is("absent")) {
      last = &result.nodes[parser.digest()];
    } else {
      const std::string flags(parser.expect("referrers").word());
      if (last == nullptr) damaged();
      last->referrers = parse_referrers(flags, take_content(text, parser.number()));
    }
  }
  result.nodes = whole_artifact(result.root, result.nodes);
  result.graph = plan::walk(result.root, result.nodes);
  engine::check_known_content(result.graph);
  if (result.decision.stored.size() != result.graph.entries.size()) damaged();
  return result;
}

}  // namespace acedt::serialize

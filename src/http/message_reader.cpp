// llhttp, and the checks that some of its versions and modes leave out: what two parsers could read differently is
// malformed. The callbacks only record and pause, so each run of llhttp ends at the first thing to report.
// ResponseReader and RequestReader differ only in the start line.

#include "acedt/http/message_reader.hpp"

#include <llhttp.h>

#include <algorithm>
#include <utility>

#include "acedt/base/text.hpp"

namespace acedt::http {
namespace {

constexpr std::size_t max_head = 64 << 10;
constexpr std::size_t max_framing_per_byte = 16;  // chunks of a single byte have five

/// Tells llhttp how long the body is. llhttp refuses a second Content-Length, even an equal one, which RFC 9110 section
/// 8.6 allows. So each is removed from its state, and check_head() compares them.
void set_length(llhttp_t& parser, std::optional<std::uint64_t> length) {
  const int flags = length ? parser.flags | F_CONTENT_LENGTH : parser.flags & ~F_CONTENT_LENGTH;
  parser.flags = static_cast<decltype(parser.flags)>(flags);
  parser.content_length = length.value_or(0);
}

/// The start line and the fields of either kind of message. Members of the other kind are empty.
struct MessageHead {
  int status = 0;
  std::string method = {};
  std::string target = {};
  Fields fields = {};
};

/// What requests and responses share.
class MessageReader {
 public:
  using NeedMore = ResponseReader::NeedMore;
  using Data = ResponseReader::Data;
  using Done = ResponseReader::Done;
  using Malformed = ResponseReader::Malformed;
  using Step = std::variant<NeedMore, MessageHead, Data, Done, Malformed>;

  /// Is ready for the first message, with a body if its head says so.
  explicit MessageReader(llhttp_type_t type);
  MessageReader(const MessageReader&) = delete;  // llhttp points to it
  MessageReader& operator=(const MessageReader&) = delete;

  void start(bool head_only);
  Step feed(std::span<const std::byte> input, std::size_t& used);
  Step end_of_input();
  bool keeps_alive() const noexcept { return keeps_alive_ && malformed_.empty(); }

 private:
  static const llhttp_settings_t& callbacks();

  void begin_message();
  bool is_informational() const noexcept { return head_.status / 100 == 1; }
  std::size_t advance(std::span<const std::byte> input);
  void check_lines(std::string_view lines);
  /// Checks two successive bytes outside the body.
  void check_pair(char before, char c);
  void check_head();
  bool has_no_body() const;

  llhttp_type_t type_;
  llhttp_t parser_ = {};
  bool head_only_ = false;
  std::string malformed_;  // why; empty while the message is valid
  bool cut_ = false;       // see Malformed

  std::size_t outside_body_ = 0;  // bytes since the start or the last Data, whichever was later
  std::size_t framing_ = 0;       // bytes outside the body, since the head
  std::size_t body_ = 0;          // bytes of the body
  char last_outside_body_ = '\n';
  bool after_data_ = false;

  // Recorded by the callbacks for this message.
  MessageHead head_;
  std::string field_name_;
  std::string field_value_;
  std::span<const std::byte> data_;
  bool head_complete_ = false;
  bool head_reported_ = false;
  bool complete_ = false;
  bool keeps_alive_ = false;
};

MessageReader::MessageReader(llhttp_type_t type) : type_(type) {
  start(false);
}

void MessageReader::start(bool head_only) {
  head_only_ = head_only;
  outside_body_ = framing_ = body_ = 0;
  last_outside_body_ = '\n';
  begin_message();
}

void MessageReader::begin_message() {
  llhttp_init(&parser_, type_, &callbacks());
  llhttp_set_lenient_chunked_length(&parser_, 1);  // check_head() refuses it in heads; llhttp 9 would in trailers, too
  parser_.data = this;
  head_ = {};
  field_name_.clear();
  field_value_.clear();
  after_data_ = head_complete_ = head_reported_ = complete_ = keeps_alive_ = false;
}

MessageReader::Step MessageReader::feed(std::span<const std::byte> input, std::size_t& used) {
  used = 0;
  while (malformed_.empty() && !complete_) {
    used += advance(input.subspan(used));
    const bool new_head = head_complete_ && !std::exchange(head_reported_, true);
    if (new_head) {
      framing_ = 0;  // the head has its own limit
      check_head();
    }
    if (!malformed_.empty()) break;

    if (new_head && is_informational()) {
      begin_message();
      continue;
    }
    if (new_head) return std::move(head_);
    if (!data_.empty()) return Data{data_};
    if (!complete_) return NeedMore{};
  }
  return malformed_.empty() ? Step(Done{}) : Step(Malformed{malformed_, cut_});
}

MessageReader::Step MessageReader::end_of_input() {
  std::size_t used = 0;
  Step step = feed({}, used);
  if (!std::holds_alternative<NeedMore>(step)) return step;
  llhttp_finish(&parser_);
  if (complete_) return Done{};
  const bool nothing_came = outside_body_ == 0 && !head_complete_;
  malformed_ = nothing_came ? "connection closed before a response" : "connection closed before the response ended";
  cut_ = true;
  return Malformed{malformed_, cut_};
}

/// Runs llhttp to its next pause or the end of the input. Returns the number of bytes that it used.
std::size_t MessageReader::advance(std::span<const std::byte> input) {
  static constexpr char nothing = 0;  // with a null pointer, llhttp loses its position in the message
  const char* begin = input.empty() ? &nothing : reinterpret_cast<const char*>(input.data());
  data_ = {};
  llhttp_resume(&parser_);
  const llhttp_errno_t result = llhttp_execute(&parser_, begin, input.size());
  if (result != HPE_OK && result != HPE_PAUSED) {
    malformed_ = "malformed HTTP: " + lower(llhttp_get_error_reason(&parser_));
    return 0;
  }
  const std::size_t used =
      result == HPE_OK ? input.size() : static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - begin);
  check_lines(as_text(input.first(used - data_.size())));
  if (!data_.empty()) {
    body_ += data_.size();
    outside_body_ = 0;
    after_data_ = true;
  }
  return used;
}

/// Checks the bytes outside the body: head, chunk sizes and trailers are lines that end in CRLF, without folding.
void MessageReader::check_lines(std::string_view lines) {
  outside_body_ += lines.size();
  framing_ += lines.size();
  if (framing_ > max_head + max_framing_per_byte * body_)
    malformed_ = "chunk sizes and extensions far longer than the body";
  if (outside_body_ > max_head) malformed_ = "more than 64 KiB of head, trailers or chunk extensions";
  if (lines.empty()) return;
  if (std::exchange(after_data_, false) && lines.front() != '\r')
    malformed_ = "chunk that does not end where its size says";
  const auto is_special = [](char c) { return is_control(c); };
  check_pair(std::exchange(last_outside_body_, lines.back()), lines.front());
  for (auto at = std::ranges::find_if(lines, is_special); at != lines.end();
       at = std::find_if(at + 1, lines.end(), is_special)) {
    if (at != lines.begin()) check_pair(*(at - 1), *at);
    if (at + 1 != lines.end()) check_pair(*at, *(at + 1));
  }
}

void MessageReader::check_pair(char before, char c) {
  if ((before == '\r') != (c == '\n')) malformed_ = "line that does not end in CR LF";
  if (before == '\n' && (c == ' ' || c == '\t')) malformed_ = "line that begins with a blank";
  if (is_control(c) && c != '\t' && c != '\r' && c != '\n') malformed_ = "control character";
}

/// Refuses heads from which two parsers could derive different ends of the message (RFC 9112 section 6).
void MessageReader::check_head() {
  for (const auto& [name, value] : head_.fields.list())
    if (!is_token(name)) malformed_ = "field name " + in_quotes(name);

  if (llhttp_get_http_major(&parser_) != 1) malformed_ = "version is not HTTP/1";
  const auto lengths = head_.fields.all("Content-Length");
  for (const std::string_view length : lengths)
    if (length != lengths[0] || !to_number(length)) malformed_ = "content-length is not one number";

  const auto codings = head_.fields.all("Transfer-Encoding");
  if (codings.size() > 1 || (codings.size() == 1 && !equal_ignoring_case(codings[0], "chunked")))
    malformed_ = "transfer-encoding is not chunked";
  if (!codings.empty() && !lengths.empty()) malformed_ = "both transfer-encoding and content-length";
  if (!codings.empty() && llhttp_get_http_minor(&parser_) == 0) malformed_ = "transfer-encoding in HTTP/1.0";

  if (type_ == HTTP_REQUEST) return;
  if (head_.status < 100 || head_.status > 999) malformed_ = "status is not a number of three digits";
  if (head_.status == 101) malformed_ = "switch to another protocol, which was not requested";
}

/// Returns true for heads without a body, whatever their fields say (RFC 9112 section 6.3).
bool MessageReader::has_no_body() const {
  return head_only_ || is_informational() || head_.status == 204 || head_.status == 304;
}

const llhttp_settings_t& MessageReader::callbacks() {
  static const llhttp_settings_t all = [] {
    static constexpr auto self = [](llhttp_t* parser) { return static_cast<MessageReader*>(parser->data); };
    llhttp_settings_t callbacks;
    llhttp_settings_init(&callbacks);
    callbacks.on_url = [](llhttp_t* parser, const char* at, std::size_t length) noexcept -> int {
      self(parser)->head_.target.append(at, length);
      return HPE_OK;
    };
    callbacks.on_header_field = [](llhttp_t* parser, const char* at, std::size_t length) noexcept -> int {
      if (!self(parser)->head_complete_) self(parser)->field_name_.append(at, length);
      return HPE_OK;
    };
    callbacks.on_header_value = [](llhttp_t* parser, const char* at, std::size_t length) noexcept -> int {
      if (!self(parser)->head_complete_) self(parser)->field_value_.append(at, length);
      return HPE_OK;
    };
    callbacks.on_header_value_complete = [](llhttp_t* parser) noexcept -> int {
      MessageReader& reader = *self(parser);
      if (reader.head_complete_) return HPE_OK;
      reader.head_.fields.add(reader.field_name_, trim(reader.field_value_));
      if (equal_ignoring_case(reader.field_name_, "Content-Length")) set_length(*parser, std::nullopt);
      reader.field_name_.clear();
      reader.field_value_.clear();
      return HPE_OK;
    };
    callbacks.on_headers_complete = [](llhttp_t* parser) noexcept -> int {
      MessageReader& reader = *self(parser);
      reader.head_complete_ = true;
      if (const auto length = reader.head_.fields.get("Content-Length")) set_length(*parser, to_number(*length));
      if (reader.type_ == HTTP_REQUEST) {
        reader.head_.method = llhttp_method_name(static_cast<llhttp_method_t>(llhttp_get_method(parser)));
      } else {
        reader.head_.status = llhttp_get_status_code(parser);
      }
      constexpr int go_on_without_body = 1;
      return reader.has_no_body() ? go_on_without_body : HPE_PAUSED;
    };
    callbacks.on_body = [](llhttp_t* parser, const char* at, std::size_t length) noexcept -> int {
      self(parser)->data_ = as_bytes(std::string_view(at, length));
      return length == 0 ? HPE_OK : HPE_PAUSED;
    };
    callbacks.on_message_complete = [](llhttp_t* parser) noexcept -> int {
      self(parser)->complete_ = true;
      self(parser)->keeps_alive_ = llhttp_should_keep_alive(parser) != 0;
      return HPE_PAUSED;
    };
    return callbacks;
  }();
  return all;
}

struct ToResponseStep {
  ResponseReader::Step operator()(MessageHead&& head) const {
    return ResponseHead{.status = head.status, .fields = std::move(head.fields)};
  }
  template <class Other>
  ResponseReader::Step operator()(Other&& other) const {
    return std::forward<Other>(other);
  }
};

struct ToRequestStep {
  RequestReader::Step operator()(MessageHead&& head) const {
    return RequestHead{
        .method = std::move(head.method), .target = std::move(head.target), .fields = std::move(head.fields)};
  }
  template <class Other>
  RequestReader::Step operator()(Other&& other) const {
    return std::forward<Other>(other);
  }
};

}  // namespace

struct ResponseReader::State {
  MessageReader message = MessageReader(HTTP_RESPONSE);
};

ResponseReader::ResponseReader() : state_(std::make_unique<State>()) {}
ResponseReader::ResponseReader(ResponseReader&&) noexcept = default;
ResponseReader& ResponseReader::operator=(ResponseReader&&) noexcept = default;
ResponseReader::~ResponseReader() = default;

void ResponseReader::start(bool head_only) {
  state_->message.start(head_only);
}

ResponseReader::Step ResponseReader::feed(std::span<const std::byte> input, std::size_t& used) {
  return std::visit(ToResponseStep(), state_->message.feed(input, used));
}

ResponseReader::Step ResponseReader::end_of_input() {
  return std::visit(ToResponseStep(), state_->message.end_of_input());
}

bool ResponseReader::keeps_alive() const {
  return state_->message.keeps_alive();
}

struct RequestReader::State {
  MessageReader message = MessageReader(HTTP_REQUEST);
};

RequestReader::RequestReader() : state_(std::make_unique<State>()) {}
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;
RequestReader::~RequestReader() = default;

void RequestReader::start() {
  state_->message.start(false);
}

RequestReader::Step RequestReader::feed(std::span<const std::byte> input, std::size_t& used) {
  return std::visit(ToRequestStep(), state_->message.feed(input, used));
}

bool RequestReader::keeps_alive() const {
  return state_->message.keeps_alive();
}

}  // namespace acedt::http

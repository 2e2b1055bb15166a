#include "http/message_reader.hpp"

#include <algorithm>
#include <utility>

#include "acedt/base/text.hpp"
#include "http/scanner.hpp"

namespace acedt::http {
namespace {

constexpr std::size_t max_head = 64 << 10;
constexpr std::size_t max_framing_a_byte = 16;  // chunks of a single byte have five

/// Tells llhttp how long the body is. It refuses a second Content-Length, even one that says the same (RFC 9110 section
/// 8.6): so it forgets each, until check_head() is to compare them.
void set_length(llhttp_t& parser, std::optional<std::uint64_t> length) {
  const int flags = length ? parser.flags | F_CONTENT_LENGTH : parser.flags & ~F_CONTENT_LENGTH;
  parser.flags = static_cast<decltype(parser.flags)>(flags);
  parser.content_length = length.value_or(0);
}

}  // namespace

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
      framing_ = 0;  // the head has a limit of its own
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

/// Runs llhttp to its next pause or the end of the input, and answers with the number of bytes that this took.
std::size_t MessageReader::advance(std::span<const std::byte> input) {
  static constexpr char nothing = 0;  // llhttp loses its place in what it reads when it is given a null pointer
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

/// Checks what is not body: head, chunk sizes and trailers are lines that end in CRLF, and each stands for itself.
void MessageReader::check_lines(std::string_view lines) {
  outside_body_ += lines.size();
  framing_ += lines.size();
  if (framing_ > max_head + max_framing_a_byte * body_) malformed_ = "far more of chunk sizes than of body";
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

/// Refuses heads that leave the end of the message a matter of opinion (RFC 9112 section 6).
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
  if (head_.status == 101) malformed_ = "switch to another protocol, which was not asked for";
}

/// After these heads no body comes, whatever their fields say (RFC 9112 section 6.3).
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

}  // namespace acedt::http

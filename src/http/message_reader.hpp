#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "acedt/http/fields.hpp"
#include "acedt/http/response_reader.hpp"

#include <llhttp.h>

namespace acedt::http {

/// The start line and the fields of either kind of message; what the other kind has is empty.
struct MessageHead {
  int status = 0;
  std::string method = {};
  std::string target = {};
  Fields fields = {};
};

/// What requests and responses share: llhttp, and the checks that some of its versions and modes leave out.
///
/// Its callbacks record and pause, no more: each run of llhttp ends at the first thing that a caller wants to know.
class MessageReader {
 public:
  using NeedMore = ResponseReader::NeedMore;
  using Data = ResponseReader::Data;
  using Done = ResponseReader::Done;
  using Malformed = ResponseReader::Malformed;
  using Step = std::variant<NeedMore, MessageHead, Data, Done, Malformed>;

  /// Ready for a first message, with a body where its head says so.
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
  /// Two bytes that follow one another.
  void check_pair(char before, char c);
  void check_head();
  bool has_no_body() const;

  llhttp_type_t type_;
  llhttp_t parser_ = {};
  bool head_only_ = false;
  std::string malformed_;  ///< why; empty while all is well
  bool cut_ = false;       ///< as Malformed says

  std::size_t outside_body_ = 0;  ///< bytes since the start or the last Data, whichever was later
  std::size_t framing_ = 0;       ///< bytes outside the body, since the head
  std::size_t body_ = 0;          ///< bytes of it
  char last_outside_body_ = '\n';
  bool after_data_ = false;

  // What the callbacks recorded of this message.
  MessageHead head_;
  std::string field_name_;
  std::string field_value_;
  std::span<const std::byte> data_;
  bool head_complete_ = false;
  bool head_reported_ = false;
  bool complete_ = false;
  bool keeps_alive_ = false;
};

}  // namespace acedt::http

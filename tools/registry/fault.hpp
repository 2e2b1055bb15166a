#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acedt::testing {

/// What goes wrong with one answer. Offsets count bytes of the body that is being sent.
struct Fault {
  std::chrono::milliseconds delay{0};
  bool drop = false;                                          ///< hang up instead of answering
  bool hang = false;                                          ///< never answer
  std::optional<int> status = {};                             ///< answer with this error
  std::optional<std::uint64_t> take = {};                     ///< read only this many bytes of the request's body
  std::pair<std::string, std::string> says = {};              ///< code and message of the error
  std::optional<std::uint64_t> retry_after = {};              ///< and this Retry-After
  std::optional<std::string> redirect = {};                   ///< 307 to there; "storage": to the storage listener
  std::optional<std::uint64_t> cut = {};                      ///< close after so many bytes
  std::optional<std::uint64_t> reset = {};                    ///< the same with a TCP reset
  std::optional<std::uint64_t> stall = {};                    ///< after so many bytes, stay open and say nothing more
  std::optional<std::uint64_t> flip = {};                     ///< the byte at this offset is wrong
  std::int64_t length = 0;                                    ///< Content-Length is wrong by this
  bool chunked = false;                                       ///< chunked encoding, without Content-Length
  bool ignore_range = false;                                  ///< the whole with 200, whatever Range asks for
  std::vector<std::string> without = {};                      ///< fields left out of the answer
  std::vector<std::pair<std::string, std::string>> set = {};  ///< fields that say something else
};

/// Which requests meet a fault, and how many of them.
struct FaultRule {
  std::string method = {};                 ///< "*": any
  std::string target = {};                 ///< see matches() in glob.hpp
  std::optional<std::uint64_t> left = {};  ///< how many more; nothing: every one
  Fault fault = {};

  /// `METHOD TARGET COUNT|* ACTION…`, see fault_help. Throws Error(bad_input).
  static FaultRule parse(std::string_view text);
};

/// The grammar of a rule, for --help.
inline constexpr std::string_view fault_help =
    "A fault rule is METHOD TARGET COUNT ACTION...; METHOD may be *, TARGET is a prefix or has wildcards (* and ?) and "
    "is\n"
    "matched against the request target, COUNT is how many requests meet it, or * for all. The first rule that "
    "matches\n"
    "and is not used up applies. Actions, several may be combined; N counts bytes of the body sent:\n"
    "  pass                  nothing: lets COUNT requests through to make later rules wait\n"
    "  delay MS              waits before answering\n"
    "  drop | hang           closes without an answer | never answers\n"
    "  take N                reads only N bytes of the request's body; applies only to longer bodies. With status,\n"
    "                        that is an early response; with drop or hang, an upload that breaks\n"
    "  status CODE           answers with that error   retry-after N  and with this field\n"
    "  redirect URL          307 to URL, in which {target} stands for the request target; to the storage listener\n"
    "                        where URL is the word storage\n"
    "  cut N | reset N       closes after N bytes, with FIN | RST\n"
    "  stall N               sends nothing after N bytes, and keeps the connection open\n"
    "  flip N                the byte at offset N is wrong\n"
    "  length DELTA          Content-Length is wrong by DELTA, for example +10 or -10\n"
    "  chunked               chunked transfer encoding instead of Content-Length\n"
    "  ignore-range          answers 200 with the whole to a range request\n"
    "  no-digest             no Docker-Content-Digest   without NAME  not this field\n"
    "  says CODE TEXT...     the error has this code and message: the last action\n"
    "  header NAME VALUE...  this field with the rest of the line as its value, in which {value} is replaced by its\n"
    "                        former value: the last action\n"
    "for example: GET */blobs/* 1 cut 1000";

}  // namespace acedt::testing

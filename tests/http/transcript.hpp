#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "acedt/base/text.hpp"
#include "acedt/http/message_reader.hpp"

#include <doctest/doctest.h>

namespace acedt::http::testing {

/// What a reader answered until the message ended or it wanted more than there was.
struct Transcript {
  std::string text;      ///< heads as shown(), bodies joined: "200 X=1 [body] done"
  std::size_t used = 0;  ///< bytes of the whole input
  bool operator==(const Transcript&) const = default;
};

inline std::string shown(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields.list()) text.append(" ").append(name).append("=").append(value);
  return text;
}
inline std::string shown(const ResponseHead& head) {
  return std::to_string(head.status) + shown(head.fields);
}
inline std::string shown(const RequestHead& head) {
  return head.method + " " + head.target + shown(head.fields);
}

/// What `reader` answers when it is fed `pieces` one after another.
template <typename Reader>
Transcript transcript_of(Reader& reader, const std::vector<std::string>& pieces) {
  Transcript all;
  std::string body;
  const auto finish = [&](std::string_view end) {
    if (!body.empty()) all.text += " [" + body + "]";
    all.text += end;
    return all;
  };
  for (const std::string& piece : pieces) {
    for (auto rest = as_bytes(piece);;) {
      std::size_t used = 0;
      const auto step = reader.feed(rest, used);
      REQUIRE(used <= rest.size());
      if (const auto* data = std::get_if<typename Reader::Data>(&step)) {
        CHECK(data->bytes.data() + data->bytes.size() == rest.data() + used);
        body += as_text(data->bytes);
      }
      rest = rest.subspan(used);
      all.used += used;
      if (std::holds_alternative<typename Reader::Done>(step)) return finish(" done");
      if (std::holds_alternative<typename Reader::Malformed>(step)) return {finish(" malformed").text, 0};
      if (const auto* head = std::get_if<1>(&step)) all.text += shown(*head);
      if (!std::holds_alternative<typename Reader::NeedMore>(step)) continue;
      CHECK(rest.empty());
      break;
    }
  }
  return finish(" more");
}

/// The transcript of `wire`, which has to be the same when it is cut in two anywhere, and when it comes bytewise.
/// Each piece has a buffer of its own, so that reading beyond it shows.
template <typename MakeReader>
Transcript read_however_cut(const MakeReader& make_reader, const std::string& wire) {
  auto reader = make_reader();
  Transcript whole = transcript_of(reader, {wire});
  for (std::size_t at = 0; at <= wire.size(); ++at) {
    CAPTURE(at);
    auto other = make_reader();
    CHECK(transcript_of(other, {wire.substr(0, at), wire.substr(at)}) == whole);
  }
  std::vector<std::string> bytes;
  for (const char c : wire) bytes.emplace_back(1, c);
  auto other = make_reader();
  CHECK(transcript_of(other, bytes) == whole);
  return whole;
}

}  // namespace acedt::http::testing

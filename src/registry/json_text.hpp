#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace acedt::registry {

/// A value of a JSON document (RFC 8259) and its place there, which simdjson does not tell: for messages with a line,
/// and for edits that leave the rest of a file as it is.
struct JsonNode {
  enum class Kind { object, array, string, other };
  struct Member;

  Kind kind = Kind::other;
  std::string text = {};        ///< of a string; of a number, true, false or null as written
  std::size_t begin = 0;        ///< offsets in the document
  std::size_t end = 0;          ///< behind its last character
  std::vector<Member> members;  ///< of an object, in their order; not "= {}", which needs the whole of Member

  bool is_null() const { return kind == Kind::other && text == "null"; }
  /// The member of an object; none where it is not there or null. Of several with that name the last one counts.
  const JsonNode* find(std::string_view key) const;
};

struct JsonNode::Member {
  std::string key;
  std::size_t begin;  ///< of the key's quote
  JsonNode value;
};

/// Reads a whole document. Throws Error(unauthorized) "FILE:LINE: …", which shows nothing of the text.
JsonNode parse_json(std::string_view text, std::string_view file);

/// "FILE:LINE", of an offset in `text`.
std::string file_position(std::string_view text, std::string_view file, std::size_t offset);

/// `text` with one more member, the first one, in `object`; `value` is JSON. Indents as docker does, by `depth` tabs.
std::string with_member(std::string_view text, const JsonNode& object, std::string_view key, std::string_view value,
                        std::size_t depth);

/// `text` without that member of `object`.
std::string without_member(std::string_view text, const JsonNode& object, std::size_t index);

}  // namespace acedt::registry

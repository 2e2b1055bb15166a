#include "verify/parts.hpp"

#include "acedt/base/text.hpp"
#include "acedt/tar/header.hpp"
#include "support/scratch.hpp"
#include "support/sha256.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace acedt;
using testing::sha256;

namespace {

const std::string large(3 << 20, 'x');
const std::string huge(20 << 20, 'y');
std::string entry(const oci::Digest& digest, std::string_view content) {
  std::string text = tar::file_header(digest.blob_path(), {content.size()});
  return text.append(content).append(tar::padding({content.size()}).count, '\0');
}

/// Returns the tar of these contents; those named in `damaged` have a byte changed in the middle.
std::string tar_of(const std::vector<std::string>& contents, const std::vector<std::string>& damaged = {}) {
  std::string tar;
  for (std::string content : contents) {
    const oci::Digest digest = sha256(content);
    if (std::ranges::find(damaged, content) != damaged.end()) content[content.size() / 2] ^= 1;
    tar += entry(digest, content);
  }
  return tar.append(tar::end_of_archive.count, '\0');
}

}  // namespace

TEST_CASE("the parts of a plain archive cover all of its blobs, and damage is found in each") {
  const testing::Scratch scratch;
  const std::vector<std::string> contents = {"small", "", large, huge, huge + "z", "end"};
  const auto path = scratch.file("a", tar_of(contents, {"small", huge, "end"}));
  const auto blobs = archive::read_contents(path).blobs;
  std::vector<verify::Part> parts;
  verify::add_parts(parts, 7, blobs);
  std::size_t next = 0;
  std::vector<oci::Digest> found;
  for (const verify::Part& part : parts) {
    CHECK(part.archive == 7);
    CHECK(part.first == next);
    next += part.count;
    for (const closure::Fault& fault :
         verify::damage_in(path, std::span(blobs).subspan(part.first, part.count), Disk::real()))
      found.push_back(*fault.digest);
  }
  CHECK(next == blobs.size());
  CHECK(found == std::vector{sha256("small"), sha256(huge), sha256("end")});
}

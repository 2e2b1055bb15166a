#include "verify/parts.hpp"

#include "acedt/base/text.hpp"
#include "support/archive.hpp"
#include "support/scratch.hpp"
#include "support/sha256.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace acedt;
using testing::sha256;
using testing::tar_of;

namespace {

const std::string large(3 << 20, 'x');
const std::string huge(20 << 20, 'y');

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

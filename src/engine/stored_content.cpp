// Content is never taken from an archive unverified, as the archive may have been damaged since it was made. The last
// piece is returned only if the digest of the whole is right.

#include "acedt/engine/stored_content.hpp"

#include <algorithm>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::engine {

void check_embedded(const oci::Descriptor& descriptor) {
  const auto& [type, digest, size, urls, annotations, data, platform, artifact_type] = descriptor;
  if (Bytes{data->size()} == size && codec::digest_of(digest.algorithm(), as_bytes(*data)) == digest) return;
  throw Error(ErrorKind::corrupt,
              "the data embedded in the descriptor of " + digest.text() + " does not match its digest")
      .hint("the manifest is malformed: make the artifact again with a current tool");
}

namespace {

/// Returns what `read` returns; its Error is thrown as DamagedArchive.
template <class Read>
auto from_archive(const std::filesystem::path& archive, Read read) {
  try {
    return read();
  } catch (const Error& error) {
    throw DamagedArchive(error, archive.filename().string());
  }
}

}  // namespace

StoredContent::StoredContent(const std::filesystem::path& archive, tar::Location location,
                             const oci::Descriptor& descriptor, const Disk& disk)
    : archive_(archive),
      reader_(from_archive(archive, [&] { return archive::Reader(archive, location, disk); })),
      descriptor_(descriptor),
      hasher_(descriptor.digest.algorithm()),
      left_(descriptor.size.count) {}

std::span<const std::byte> StoredContent::next(std::span<std::byte> buffer) {
  if (left_ == 0) return {};
  const std::span<std::byte> wanted = buffer.first(std::min<std::uint64_t>(left_, buffer.size()));
  const std::size_t n = from_archive(archive_, [&] { return reader_.read(wanted); });
  hasher_.update(buffer.first(n));
  left_ -= n;
  const bool whole = left_ == 0;
  if (n == 0 || (whole && hasher_.finish() != descriptor_.digest)) {
    const Error error(ErrorKind::corrupt, archive_.string() + ": the content of " + descriptor_.digest.text() +
                                              " does not match its digest");
    throw DamagedArchive(error, archive_.filename().string());
  }
  return buffer.first(n);
}

std::string read_stored(const std::filesystem::path& archive, tar::Location location, const oci::Descriptor& descriptor,
                        const Disk& disk) {
  std::string text(descriptor.size.count, '\0');
  StoredContent content(archive, location, descriptor, disk);
  auto rest = std::as_writable_bytes(std::span(text));
  while (!rest.empty()) rest = rest.subspan(content.next(rest).size());
  return text;
}

}  // namespace acedt::engine

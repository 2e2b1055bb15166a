// What the hardware and the kernel allow: fetches what a batch list names with blocking sockets, one thread a
// connection, hashes it and writes it to files. It makes the requests that a mirror must make (HEAD and GET of each
// manifest, GET of each blob once) and nothing else: no dedup with earlier runs, no tar, no retries, no checks but the
// digest.
//
// usage: limit [--tls] [--sync] [--ranges N] LIST DIRECTORY CONNECTIONS      (artifacts of one registry on 127.0.0.1)
//   --tls       as SSL_CERT_FILE trusts
//   --sync      waits until all is on disk, as a mirror must that says of an archive that it is there
//   --ranges N  fetches each blob in N ranges of one size, and hashes each for itself: a bound that nobody can meet,
//               as a digest is computed from the beginning of a blob to its end

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bench/blocking.hpp"

namespace acedt::bench {
namespace {

struct Options {
  bool tls = false;
  bool sync = false;
  std::uint64_t ranges = 1;
  const char* list = "";
  std::string directory = {};
  std::size_t connections = 0;
};

Options parse(int argc, char** argv) {
  Options options;
  int at = 1;
  for (; at < argc && argv[at][0] == '-'; ++at) {
    const std::string_view flag = argv[at];
    if (flag == "--tls") {
      options.tls = true;
    } else if (flag == "--sync") {
      options.sync = true;
    } else if (flag == "--ranges" && at + 1 < argc) {
      options.ranges = std::stoull(argv[++at]);
    } else {
      break;
    }
  }
  if (argc - at != 3) die("usage: limit [--tls] [--sync] [--ranges N] LIST DIRECTORY CONNECTIONS");
  options.list = argv[at];
  options.directory = argv[at + 1];
  options.connections = std::stoull(argv[at + 2]);
  return options;
}

/// A row of the list: "host:port/repository:tag".
struct Artifact {
  std::uint16_t port;
  std::string path;  ///< "/v2/repository"
  std::string tag;
};

std::vector<Artifact> read_list(const char* file) {
  std::vector<Artifact> artifacts;
  std::ifstream rows(file);
  std::string row;
  std::getline(rows, row);  // the header
  while (std::getline(rows, row)) {
    const std::string text = row.substr(row.find(',') + 1);
    const std::size_t slash = text.find('/');
    const std::size_t tag = text.rfind(':');
    artifacts.push_back({static_cast<std::uint16_t>(std::stoi(text.substr(text.find(':') + 1))),
                         "/v2" + text.substr(slash, tag - slash), text.substr(tag + 1)});
  }
  return artifacts;
}

/// HEAD by the tag, GET by the digest.
std::vector<std::string> fetch_manifests(const Connections& connections, const std::vector<Artifact>& artifacts) {
  std::vector<std::string> manifests(artifacts.size());
  in_parallel(connections.size(), artifacts.size(), [&](std::size_t thread, std::size_t i) {
    Connection& connection = *connections[thread];
    const std::string at = artifacts[i].path + "/manifests/";
    const std::string head = connection.request("HEAD", at + artifacts[i].tag, "", [](std::string_view) {});
    const std::string digest = Connection::field(head, "ocker-Content-Digest: ");
    connection.request("GET", at + digest, "", [&](std::string_view piece) { manifests[i] += piece; });
  });
  return manifests;
}

struct Blob {
  std::string target;
  std::string digest;
  std::uint64_t size;
  int file;
  std::uint64_t offset;  ///< in the file
};

/// Each digest once, one file an artifact.
std::vector<Blob> list_blobs(const std::vector<Artifact>& artifacts, const std::vector<std::string>& manifests,
                             const std::string& directory) {
  std::vector<Blob> blobs;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < artifacts.size(); ++i) {
    const std::string path = directory + "/" + std::to_string(i);
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0666);
    if (file < 0) die("open " + path);
    std::uint64_t offset = 0;
    for (std::size_t d = manifests[i].find("sha256:"); d != std::string::npos;
         d = manifests[i].find("sha256:", d + 1)) {
      const std::string digest = manifests[i].substr(d, 71);
      const std::uint64_t size = std::stoull(manifests[i].substr(manifests[i].find("\"size\":", d) + 7, 20));
      if (!seen.insert(digest).second) continue;
      blobs.push_back({artifacts[i].path + "/blobs/" + digest, digest, size, file, offset});
      offset += size;
    }
  }
  return blobs;
}

/// The digest of the bytes from `begin` to `end` of the blob.
std::string fetch(Connection& connection, const Blob& blob, std::uint64_t begin, std::uint64_t end) {
  thread_local Sha256 hash;
  const bool whole = end - begin == blob.size;
  const std::string range =
      whole ? "" : "Range: bytes=" + std::to_string(begin) + "-" + std::to_string(end - 1) + "\r\n";
  auto offset = static_cast<off_t>(blob.offset + begin);
  connection.request("GET", blob.target, range, [&](std::string_view piece) {
    hash.update(piece);
    if (::pwrite(blob.file, piece.data(), piece.size(), offset) != static_cast<ssize_t>(piece.size())) die("pwrite");
    offset += static_cast<off_t>(piece.size());
  });
  return hash.finish();
}

void run(const Options& options) {
  const std::vector<Artifact> artifacts = read_list(options.list);
  const Connections connections = connect_all(artifacts.at(0).port, options.tls, options.connections);
  const auto manifests = fetch_manifests(connections, artifacts);
  const std::vector<Blob> blobs = list_blobs(artifacts, manifests, options.directory);
  in_parallel(connections.size(), blobs.size() * options.ranges, [&](std::size_t thread, std::size_t i) {
    const Blob& blob = blobs[i / options.ranges];
    const std::uint64_t range = i % options.ranges;
    const std::uint64_t begin = blob.size * range / options.ranges;
    const std::uint64_t end = blob.size * (range + 1) / options.ranges;
    const std::string digest = fetch(*connections[thread], blob, begin, end);
    if (end - begin == blob.size && digest != blob.digest) die("wrong bytes: " + blob.target);
  });
  if (options.sync && ::syncfs(blobs.at(0).file) != 0) die("syncfs");
}

}  // namespace
}  // namespace acedt::bench

int main(int argc, char** argv) {
  acedt::bench::run(acedt::bench::parse(argc, argv));
}

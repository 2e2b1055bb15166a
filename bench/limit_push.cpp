// What the hardware and the kernel allow to a program that has archives. It pushes their content with blocking sockets,
// one thread a connection: a POST and one PUT for each blob, a PUT for each manifest, and nothing else: no HEAD, no
// hashing, no retries.
//
// usage: limit_push push|check LISTING HOST:PORT/REPOSITORY CONNECTIONS       (a registry on 127.0.0.1)
//        limit_push hash LISTING THREADS
//   push    as above
//   check   fails unless the registry has everything
//   hash    no network: hashes everything, and fails if a digest is wrong
//
// A line of the listing: SIZE OFFSET DIGEST TYPE FILE, blobs before manifests; TYPE is the media type of a manifest, or
// "blob"; the file has the content at the offset.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/blocking.hpp"

namespace acedt::bench {
namespace {

struct Entry {
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
  std::string digest = {};
  std::string type = {};
  int file = -1;

  bool is_blob() const { return type == "blob"; }
};

std::vector<Entry> read_listing(const char* path) {
  std::vector<Entry> entries;
  std::map<std::string, int> files;
  std::ifstream lines(path);
  Entry entry;
  std::string name;
  while (lines >> entry.size >> entry.offset >> entry.digest >> entry.type && std::getline(lines >> std::ws, name)) {
    const auto [file, is_new] = files.try_emplace(name, -1);
    if (is_new) file->second = ::open(name.c_str(), O_RDONLY);
    if (file->second < 0) die("open " + name);
    entry.file = file->second;
    entries.push_back(entry);
  }
  return entries;
}

/// Calls `use` with each piece of the content.
template <class Use>
void read(const Entry& entry, Use use) {
  thread_local std::vector<char> buffer(256 << 10);
  for (std::uint64_t done = 0; done < entry.size;) {
    const std::size_t size = std::min<std::uint64_t>(buffer.size(), entry.size - done);
    const ssize_t n = ::pread(entry.file, buffer.data(), size, static_cast<off_t>(entry.offset + done));
    if (n <= 0) die("read " + entry.digest);
    use(std::string_view(buffer.data(), static_cast<std::size_t>(n)));
    done += static_cast<std::uint64_t>(n);
  }
}

constexpr auto no_body = [](std::string_view) {};

void put(Connection& connection, const std::string& target, const Entry& entry) {
  const std::string type = entry.is_blob() ? "application/octet-stream" : entry.type;
  connection.send_head("PUT", target,
                       "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(entry.size) + "\r\n");
  read(entry, [&](std::string_view piece) { connection.send(piece); });
  connection.answer("PUT", target, no_body);
}

void push(Connection& connection, const std::string& repository, const Entry& entry) {
  if (!entry.is_blob()) return put(connection, repository + "/manifests/" + entry.digest, entry);
  const std::string head = connection.request("POST", repository + "/blobs/uploads/", "Content-Length: 0\r\n", no_body);
  std::string target = Connection::field(head, "ocation: ");
  if (target.starts_with("http://")) target.erase(0, target.find('/', 7));
  target += (target.find('?') == std::string::npos ? "?digest=" : "&digest=") + entry.digest;
  put(connection, target, entry);
}

void check(Connection& connection, const std::string& repository, const Entry& entry) {
  const std::string target = repository + (entry.is_blob() ? "/blobs/" : "/manifests/") + entry.digest;
  const std::string accept = entry.is_blob() ? "" : "Accept: " + entry.type + "\r\n";
  const std::string head = connection.request("HEAD", target, accept, no_body);
  if (std::stoull(Connection::field(head, "ontent-Length: ")) != entry.size) die("wrong size: " + target);
}

void check_hash(const Entry& entry) {
  thread_local Sha256 hash;
  read(entry, [&](std::string_view piece) { hash.update(piece); });
  if (hash.finish() != entry.digest) die("wrong bytes: " + entry.digest);
}

/// Calls `exchange` for all blobs, then for all manifests.
template <class Exchange>
void with_registry(const std::vector<Entry>& entries, const std::string& destination, std::size_t connection_count,
                   Exchange exchange) {
  const std::size_t slash = destination.find('/');
  const auto port = static_cast<std::uint16_t>(std::stoi(destination.substr(destination.find(':') + 1)));
  const std::string repository = "/v2" + destination.substr(slash);
  const Connections connections = connect_all(port, false, connection_count);
  const auto blobs = static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [](const Entry& entry) { return entry.is_blob(); }));
  const auto range = [&](std::size_t begin, std::size_t end) {
    in_parallel(connections.size(), end - begin, [&](std::size_t thread, std::size_t i) {
      exchange(*connections[thread], repository, entries[begin + i]);
    });
  };
  range(0, blobs);
  range(blobs, entries.size());
}

void run(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const bool is_hash = mode == "hash" && argc == 4;
  if (!is_hash && ((mode != "push" && mode != "check") || argc != 5))
    die("usage: limit_push push|check LISTING HOST:PORT/REPOSITORY CONNECTIONS, or limit_push hash LISTING THREADS");
  const std::vector<Entry> entries = read_listing(argv[2]);
  const std::size_t threads = std::stoull(argv[argc - 1]);
  if (is_hash) in_parallel(threads, entries.size(), [&](std::size_t, std::size_t i) { check_hash(entries[i]); });
  if (mode == "push") with_registry(entries, argv[3], threads, push);
  if (mode == "check") with_registry(entries, argv[3], threads, check);
}

}  // namespace
}  // namespace acedt::bench

int main(int argc, char** argv) {
  acedt::bench::run(argc, argv);
}

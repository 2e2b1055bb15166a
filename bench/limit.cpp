// What the hardware and the kernel allow: fetches what a batch list names with blocking sockets, one thread a
// connection, hashes it and writes it to files. It makes the requests that a mirror must make (HEAD and GET of each
// manifest, GET of each blob once) and nothing else: no dedup with earlier runs, no tar, no retries, no checks but the
// digest.
//
// usage: limit LIST DIRECTORY CONNECTIONS      (artifacts of one registry on loopback, over plain HTTP)

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "limit: %s\n", why.c_str());
  std::exit(1);
}

/// A kept-alive connection; a response is its head and then its body in pieces.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)), buffer_(256 << 10) {
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const void* where = &address;
    if (::connect(socket_, static_cast<const sockaddr*>(where), sizeof address) != 0) die("connect");
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(socket_); }

  /// Calls `use` with each piece of the body of the answer; returns its head.
  template <class Use>
  std::string request(const char* method, const std::string& target, Use use) {
    const std::string message = std::string(method) + " " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if (::send(socket_, message.data(), message.size(), 0) != static_cast<ssize_t>(message.size())) die("send");
    std::string head;
    std::size_t end = std::string::npos;
    while (end == std::string::npos) {
      head += receive();
      end = head.find("\r\n\r\n");
    }
    if (head.compare(9, 3, "200") != 0) die(target + ": " + head.substr(0, head.find('\r')));
    std::uint64_t left = std::strcmp(method, "HEAD") == 0 ? 0 : std::stoull(field(head, "ontent-Length: "));
    const std::string_view first = std::string_view(head).substr(end + 4);
    if (!first.empty()) use(first);
    for (left -= first.size(); left > 0;) {
      const std::string_view piece = receive();
      use(piece);
      left -= piece.size();
    }
    return head.substr(0, end + 2);
  }

  static std::string field(const std::string& head, const char* name) {
    const std::size_t at = head.find(name);
    if (at == std::string::npos) die(std::string("no field ") + name);
    const std::size_t begin = at + std::strlen(name);
    return head.substr(begin, head.find('\r', begin) - begin);
  }

 private:
  std::string_view receive() {
    const ssize_t n = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (n <= 0) die("connection closed");
    return {buffer_.data(), static_cast<std::size_t>(n)};
  }

  int socket_;
  std::vector<char> buffer_;
};

struct Blob {
  std::string target;
  std::string digest;
  int file;
  off_t offset;
};

std::string hex(const unsigned char* raw, unsigned size) {
  static const char* const digits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) (text += digits[raw[i] >> 4]) += digits[raw[i] & 15];
  return text;
}

void fetch(Connection& connection, EVP_MD_CTX* hash, const Blob& blob) {
  EVP_DigestInit_ex(hash, EVP_sha256(), nullptr);
  off_t offset = blob.offset;
  connection.request("GET", blob.target, [&](std::string_view piece) {
    EVP_DigestUpdate(hash, piece.data(), piece.size());
    if (::pwrite(blob.file, piece.data(), piece.size(), offset) != static_cast<ssize_t>(piece.size())) die("pwrite");
    offset += static_cast<off_t>(piece.size());
  });
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(hash, raw, &size);
  if ("sha256:" + hex(raw, size) != blob.digest) die("wrong bytes: " + blob.target);
}

/// "host:port/repository:tag" of every row.
std::vector<std::string> read_list(const char* file) {
  std::vector<std::string> artifacts;
  std::ifstream rows(file);
  std::string row;
  std::getline(rows, row);  // the header
  while (std::getline(rows, row)) artifacts.push_back(row.substr(row.find(',') + 1));
  return artifacts;
}

/// Does `job` for 0 … count-1 on as many threads as there are connections, which they keep.
template <class Job>
void in_parallel(std::vector<Connection*>& connections, std::size_t count, Job job) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (Connection* connection : connections) {
    threads.emplace_back([&, connection] {
      for (std::size_t i = next++; i < count; i = next++) job(*connection, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) die("usage: limit LIST DIRECTORY CONNECTIONS");
  const std::vector<std::string> artifacts = read_list(argv[1]);
  const std::string& first = artifacts.at(0);
  const std::size_t colon = first.find(':');
  const auto port = static_cast<std::uint16_t>(std::stoi(first.substr(colon + 1)));
  std::vector<Connection*> connections;
  for (int i = 0; i < std::stoi(argv[3]); ++i) connections.push_back(new Connection(port));

  // Manifests: HEAD by the tag, GET by the digest.
  std::vector<std::string> manifests(artifacts.size());
  in_parallel(connections, artifacts.size(), [&](Connection& connection, std::size_t i) {
    const std::size_t slash = artifacts[i].find('/');
    const std::size_t tag = artifacts[i].rfind(':');
    const std::string at = "/v2/" + artifacts[i].substr(slash + 1, tag - slash - 1) + "/manifests/";
    const auto ignore = [](std::string_view) {};
    const std::string head = connection.request("HEAD", at + artifacts[i].substr(tag + 1), ignore);
    const std::string digest = Connection::field(head, "ocker-Content-Digest: ");
    connection.request("GET", at + digest, [&](std::string_view piece) { manifests[i] += piece; });
  });

  // Blobs: each digest once, one file an artifact.
  std::vector<Blob> blobs;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < artifacts.size(); ++i) {
    const std::string path = std::string(argv[2]) + "/" + std::to_string(i);
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0666);
    if (file < 0) die("open " + path);
    const std::string& artifact = artifacts[i];
    const std::size_t slash = artifact.find('/');
    const std::string at = "/v2/" + artifact.substr(slash + 1, artifact.rfind(':') - slash - 1) + "/blobs/";
    off_t offset = 0;
    for (std::size_t d = manifests[i].find("sha256:"); d != std::string::npos;
         d = manifests[i].find("sha256:", d + 1)) {
      const std::string digest = manifests[i].substr(d, 71);
      const std::size_t size = manifests[i].find("\"size\":", d);
      if (!seen.insert(digest).second) continue;
      blobs.push_back({at + digest, digest, file, offset});
      offset += std::atoll(manifests[i].c_str() + size + 7);
    }
  }
  in_parallel(connections, blobs.size(), [&](Connection& connection, std::size_t i) {
    thread_local EVP_MD_CTX* const hash = EVP_MD_CTX_new();
    fetch(connection, hash, blobs[i]);
  });
}

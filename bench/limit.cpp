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

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
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

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const void* where = &address;
  if (::connect(socket, static_cast<const sockaddr*>(where), sizeof address) != 0) die("connect");
  return socket;
}

SSL_CTX* trusting_context() {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_default_verify_paths(context);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return context;
}

SSL* handshake(int socket) {
  static SSL_CTX* const context = trusting_context();
  SSL* const tls = SSL_new(context);
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), "127.0.0.1");
  SSL_set_fd(tls, socket);
  if (SSL_connect(tls) != 1) die("TLS handshake");
  return tls;
}

/// A kept-alive connection; a response is its head and then its body in pieces.
class Connection {
 public:
  Connection(std::uint16_t port, bool tls)
      : socket_(connect_to(port)), tls_(tls ? handshake(socket_) : nullptr), buffer_(256 << 10) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    SSL_free(tls_);
    ::close(socket_);
  }

  /// `fields` are further lines of the request. Calls `use` with each piece of the body of the answer; returns its
  /// head.
  template <class Use>
  std::string request(const char* method, const std::string& target, const std::string& fields, Use use) {
    send(std::string(method) + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
    std::string head;
    std::size_t end = std::string::npos;
    while (end == std::string::npos) {
      head += receive();
      end = head.find("\r\n\r\n");
    }
    if (head.compare(9, 2, "20") != 0) die(target + ": " + head.substr(0, head.find('\r')));
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
  void send(const std::string& message) {
    const auto sent = tls_ != nullptr ? SSL_write(tls_, message.data(), static_cast<int>(message.size()))
                                      : ::send(socket_, message.data(), message.size(), 0);
    if (sent != static_cast<ssize_t>(message.size())) die("send");
  }

  std::string_view receive() {
    const auto n = tls_ != nullptr ? SSL_read(tls_, buffer_.data(), static_cast<int>(buffer_.size()))
                                   : ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (n <= 0) die("connection closed");
    return {buffer_.data(), static_cast<std::size_t>(n)};
  }

  int socket_;
  SSL* tls_;  // null for plain HTTP
  std::vector<char> buffer_;
};

using Connections = std::vector<std::unique_ptr<Connection>>;

/// Does `job` for 0 … count-1 on as many threads as there are connections, which they keep.
template <class Job>
void in_parallel(const Connections& connections, std::size_t count, Job job) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (const auto& connection : connections) {
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < count; i = next++) job(*connection, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
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
  in_parallel(connections, artifacts.size(), [&](Connection& connection, std::size_t i) {
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

std::string hex(const unsigned char* raw, unsigned size) {
  static const char* const digits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) (text += digits[raw[i] >> 4]) += digits[raw[i] & 15];
  return text;
}

/// The digest of the bytes from `begin` to `end` of the blob.
std::string fetch(Connection& connection, const Blob& blob, std::uint64_t begin, std::uint64_t end) {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_MD_CTX* const hash = context.get();
  EVP_DigestInit_ex(hash, EVP_sha256(), nullptr);
  const bool whole = end - begin == blob.size;
  const std::string range =
      whole ? "" : "Range: bytes=" + std::to_string(begin) + "-" + std::to_string(end - 1) + "\r\n";
  auto offset = static_cast<off_t>(blob.offset + begin);
  connection.request("GET", blob.target, range, [&](std::string_view piece) {
    EVP_DigestUpdate(hash, piece.data(), piece.size());
    if (::pwrite(blob.file, piece.data(), piece.size(), offset) != static_cast<ssize_t>(piece.size())) die("pwrite");
    offset += static_cast<off_t>(piece.size());
  });
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(hash, raw, &size);
  return "sha256:" + hex(raw, size);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const std::vector<Artifact> artifacts = read_list(options.list);
  Connections connections;
  for (std::size_t i = 0; i < options.connections; ++i)
    connections.push_back(std::make_unique<Connection>(artifacts.at(0).port, options.tls));

  const auto manifests = fetch_manifests(connections, artifacts);
  const std::vector<Blob> blobs = list_blobs(artifacts, manifests, options.directory);
  in_parallel(connections, blobs.size() * options.ranges, [&](Connection& connection, std::size_t i) {
    const Blob& blob = blobs[i / options.ranges];
    const std::uint64_t range = i % options.ranges;
    const std::uint64_t begin = blob.size * range / options.ranges;
    const std::uint64_t end = blob.size * (range + 1) / options.ranges;
    const std::string digest = fetch(connection, blob, begin, end);
    if (end - begin == blob.size && digest != blob.digest) die("wrong bytes: " + blob.target);
  });
  if (options.sync && ::syncfs(blobs.at(0).file) != 0) die("syncfs");
}

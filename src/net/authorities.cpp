#include "net/authorities.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/text.hpp"
#include "net/openssl.hpp"

namespace acedt::net {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view begin_of_block = "-----BEGIN ";
constexpr std::uintmax_t max_bundle = 16 << 20;  // of a file in SSL_CERT_DIR: all authorities of a system are 0.2 MB

/// The certificates in `text`, each from its BEGIN line to the next one: OpenSSL reads such a block to its END line. It
/// is not given the whole text, as it does not find its way from a broken block to the next.
std::vector<std::string_view> certificates_in(std::string_view text) {
  std::vector<std::string_view> blocks;
  for (std::size_t at = text.find(begin_of_block); at != text.npos;) {
    const std::size_t next = text.find(begin_of_block, at + begin_of_block.size());
    const std::string_view block = text.substr(at, next == text.npos ? next : next - at);
    const std::string_view label = block.substr(begin_of_block.size(), block.find('\n') - begin_of_block.size());
    for (const std::string_view known : {"CERTIFICATE-----", "X509 CERTIFICATE-----", "TRUSTED CERTIFICATE-----"})
      if (label.starts_with(known)) blocks.push_back(block);
    at = next;
  }
  return blocks;
}

bool add_certificate(X509_STORE& store, std::string_view block) {
  ERR_clear_error();
  const std::unique_ptr<BIO, Freed<BIO_free_all>> bio(BIO_new_mem_buf(block.data(), static_cast<int>(block.size())));
  const std::unique_ptr<X509, Freed<X509_free>> one(PEM_read_bio_X509_AUX(bio.get(), nullptr, &no_passphrase, nullptr));
  return one && X509_STORE_add_cert(&store, one.get()) == 1;
}

/// How many certificates there were. Those that are broken are warned of.
std::size_t add_all(X509_STORE& store, const fs::path& file, const Warn& warn) {
  const std::string text = read_file(file);
  const std::vector<std::string_view> blocks = certificates_in(text);
  std::string broken;
  std::string why;
  std::size_t added = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (add_certificate(store, blocks[i])) {
      ++added;
      continue;
    }
    if (why.empty()) why = last_problem();
    broken += (broken.empty() ? "" : ", ") + std::to_string(i + 1);
  }
  if (!broken.empty() && added == 0)
    throw Error(ErrorKind::usage, file.string() + ": none of its certificates can be read");
  if (!broken.empty())
    warn(file.string() + ": of its " + std::to_string(blocks.size()) + " certificates, these cannot be read: number " +
         broken + " (" + why + ")");
  return added;
}

/// As `action`, which may throw whatever there is, says; a failure is a warning.
template <class Action>
void attempt(const std::string& what, const Warn& warn, Action action) {
  try {
    action();
  } catch (const std::exception& failure) {
    warn(what + ": " + failure.what());
  }
}

void add_folder(X509_STORE& store, const fs::path& folder, const Warn& warn) {
  std::error_code ec;
  for (fs::directory_iterator entry(folder, ec); !ec && entry != fs::directory_iterator(); entry.increment(ec)) {
    std::error_code gone;
    const bool is_bundle = entry->is_regular_file(gone) && entry->file_size(gone) <= max_bundle && !gone;
    if (is_bundle) attempt("SSL_CERT_DIR", warn, [&] { add_all(store, entry->path(), warn); });
  }
  if (ec) warn("SSL_CERT_DIR: " + folder.string() + ": " + ec.message());
}

/// The file with the system's certificates: the one that OpenSSL was built for, unless neither it nor the folder is
/// there. Then another distribution built this program.
std::string system_bundle() {
  constexpr std::array others = {
      "/etc/ssl/certs/ca-certificates.crt",  // Debian, Alpine, Arch
      "/etc/pki/tls/certs/ca-bundle.crt",    // Fedora, Red Hat
      "/etc/ssl/ca-bundle.pem",              // SUSE
  };
  const std::string usual = X509_get_default_cert_file();
  std::error_code ec;
  if (fs::exists(usual, ec) || fs::exists(X509_get_default_cert_dir(), ec)) return usual;
  const auto found = std::ranges::find_if(others, [&](const char* other) { return fs::exists(other, ec); });
  return found == others.end() ? usual : *found;
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

void add_authorities(X509_STORE& store, const fs::path& file, const Warn& warn) {
  try {
    if (add_all(store, file, warn) == 0) throw Error(ErrorKind::usage, file.string() + ": no certificate in it");
  } catch (Error& error) {
    if (error.kind() == ErrorKind::usage)
      error.hint("it is to be in PEM form, with lines of -----BEGIN CERTIFICATE-----");
    throw;
  }
}

void add_system_authorities(X509_STORE& store, const Warn& warn) noexcept {
  const std::string file = variable(X509_get_default_cert_file_env());
  const std::string folders = variable(X509_get_default_cert_dir_env());
  if (file.empty()) {
    X509_STORE_load_file(&store, system_bundle().c_str());  // which need not be there
  } else {
    attempt("SSL_CERT_FILE", warn, [&] { add_authorities(store, file, warn); });
  }
  if (folders.empty()) X509_STORE_load_path(&store, X509_get_default_cert_dir());
  for (const std::string_view folder : split(folders, ':'))
    if (!folder.empty()) attempt("SSL_CERT_DIR", warn, [&] { add_folder(store, folder, warn); });
  ERR_clear_error();  // else SSL_get_error() takes what is left there for the outcome of the handshake
}

}  // namespace acedt::net

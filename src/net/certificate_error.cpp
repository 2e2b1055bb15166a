#include "net/certificate_error.hpp"

#include <arpa/inet.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <vector>

namespace acedt::net {
namespace {

constexpr std::size_t max_names = 5;  // of a certificate, in a message

/// For a message: what is no plain text in a name is a question mark.
std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

std::string text_of(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), &BIO_free_all);
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
  std::array<char, 512> text{};
  const int size = BIO_read(bio.get(), text.data(), static_cast<int>(text.size()));
  return size > 0 ? printable({text.data(), static_cast<std::size_t>(size)}) : "nobody";
}

std::string date_of(const ASN1_TIME* time) {
  std::tm parts{};
  std::array<char, 32> text{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown date";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts)};
}

std::string name_of(const GENERAL_NAME* name) {
  const ASN1_STRING* const value = name->type == GEN_IPADD ? name->d.iPAddress : name->d.dNSName;
  const unsigned char* const bytes = ASN1_STRING_get0_data(value);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
  if (name->type == GEN_DNS) return printable({bytes, bytes + size});
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
  return text.data();
}

/// The names and addresses that a certificate is for: "a.example, b.example".
std::string names_of(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  std::vector<std::string> names;
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
    const bool address = name->type == GEN_IPADD && (name->d.iPAddress->length == 4 || name->d.iPAddress->length == 16);
    if (name->type == GEN_DNS || address) names.push_back(name_of(name));
  }
  if (names.empty())
    return "no name (its subject, which does not count, is " + text_of(X509_get_subject_name(certificate)) + ")";
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), max_names); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > max_names ? text + " and others" : text;
}

std::string described(const X509* certificate) {
  return "subject " + text_of(X509_get_subject_name(certificate)) + ", issuer " +
         text_of(X509_get_issuer_name(certificate)) + ", valid until " + date_of(X509_get0_notAfter(certificate));
}

/// The one of `chain` that is not valid now, else the first.
const X509* out_of_date(const std::vector<const X509*>& chain) {
  const auto expired = std::find_if(chain.begin(), chain.end(), [](const X509* one) {
    return X509_cmp_current_time(X509_get0_notAfter(one)) < 0 || X509_cmp_current_time(X509_get0_notBefore(one)) > 0;
  });
  return expired == chain.end() ? chain.front() : *expired;
}

std::string why(const Target& target, long verdict, const std::vector<const X509*>& chain) {
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "expired on " + date_of(X509_get0_notAfter(out_of_date(chain))) + " (" + described(out_of_date(chain)) +
             ")";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "is not valid before " + date_of(X509_get0_notBefore(out_of_date(chain))) + " (" +
             described(out_of_date(chain)) + ")";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "is for " + names_of(chain.front()) + " and not for " + target.origin.host;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "is self-signed (" + described(chain.front()) + ")";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "is of an authority unknown here, " + text_of(X509_get_issuer_name(chain.back())) + " (" +
             described(chain.front()) + ")";
    default:
      return "does not pass the checks, with verdict " + std::to_string(verdict) + " (" + described(chain.front()) +
             ")";
  }
}

std::string remedy(const Target& target, long verdict) {
  const std::string unverified =
      "to go without verification, set insecureSkipVerify for this endpoint in the configuration file";
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "check the clock of this machine, and have the certificate renewed; " + unverified;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "reach the server by a name in its certificate, as an endpoint in the configuration file or in the "
             "reference; " +
             unverified;
    default:
      return "if it is the right server, add its authority with --ca-file FILE, as /etc/docker/certs.d/" +
             target.origin.authority() + "/ca.crt or in SSL_CERT_FILE; " + unverified;
  }
}

}  // namespace

Error certificate_error(const Target& target, long verdict, const STACK_OF(X509) * chain) {
  std::vector<const X509*> certificates;
  for (int i = 0; i < sk_X509_num(chain); ++i) certificates.push_back(sk_X509_value(chain, i));
  const std::string reason = certificates.empty() ? "is missing" : why(target, verdict, certificates);
  Error error(ErrorKind::unreachable, "certificate not trusted: that of " + target.origin.authority() + " " + reason);
  error.hint(remedy(target, verdict));
  return error;
}

Error refused_by_server(const Target& target, const std::string& reason, bool has_client) {
  const std::string host = target.origin.authority();
  const std::string folder = "/etc/docker/certs.d/" + host;
  if (has_client) {
    Error error(ErrorKind::unreachable, host + " does not accept this client's certificate: " + reason);
    error.hint("check client.cert and client.key in " + folder + " or wherever they are: their authority and expiry");
    return error;
  }
  Error error(ErrorKind::unreachable, host + " wants a certificate of this client: " + reason);
  error.hint("put it, and its key, into " + folder + " as client.cert and client.key");
  return error;
}

}  // namespace acedt::net

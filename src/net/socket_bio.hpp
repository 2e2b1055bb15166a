#pragma once

#include <openssl/bio.h>

namespace acedt::net {

/// Lets OpenSSL send and receive on a socket that does not block. OpenSSL's own way lets SIGPIPE end the process when
/// the other side has gone. The socket is the caller's to close; its number must outlive the BIO.
BIO* socket_bio(int* socket);

}  // namespace acedt::net

#pragma once

#include <openssl/bio.h>

namespace acedt::net {

/// A socket, and how often OpenSSL may receive on it before it must wait, even if there is more.
struct SocketTurn {
  int socket = -1;
  unsigned reads_left = 0;
};

/// Lets OpenSSL send and receive on a socket that does not block. OpenSSL's own way lets SIGPIPE end the process when
/// the other side has gone. The socket is the caller's to close; `turn` must outlive the BIO.
BIO* socket_bio(SocketTurn* turn);

}  // namespace acedt::net

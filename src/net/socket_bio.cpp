#include "net/socket_bio.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>

namespace acedt::net {
namespace {

SocketTurn& priority_of(BIO* bio) {
  return *static_cast<SocketTurn*>(BIO_get_data(bio));
}

/// What OpenSSL is told of a system call; it asks again where that only had to wait.
int outcome(BIO* bio, ssize_t result, std::size_t* done, int retry) {
  BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
  const bool waits = result < 0 && (errno == EAGAIN || errno == EINTR);
  if (waits) BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
  *done = result > 0 ? static_cast<std::size_t>(result) : 0;
  return result > 0 ? 1 : static_cast<int>(result);
}

int send(BIO* bio, const char* bytes, std::size_t size, std::size_t* sent) {
  return outcome(bio, ::send(priority_of(bio).socket, bytes, size, MSG_NOSIGNAL), sent, BIO_FLAGS_WRITE);
}

int receive(BIO* bio, char* bytes, std::size_t size, std::size_t* received) {
  SocketTurn& turn = priority_of(bio);
  if (turn.reads_left == 0) {
    errno = EAGAIN;
    return outcome(bio, -1, received, BIO_FLAGS_READ);
  }
  --turn.reads_left;
  return outcome(bio, ::recv(turn.socket, bytes, size, 0), received, BIO_FLAGS_READ);
}

long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;  // nothing is held back
}

const BIO_METHOD* method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* const fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_write_ex(fresh, &send);
    BIO_meth_set_read_ex(fresh, &receive);
    BIO_meth_set_ctrl(fresh, &control);
    return fresh;
  }();
  return made;
}

}  // namespace

BIO* socket_bio(SocketTurn* turn) {
  BIO* const bio = BIO_new(method());
  BIO_set_data(bio, turn);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace acedt::net

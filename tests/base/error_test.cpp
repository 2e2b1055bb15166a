#include "acedt/base/error.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <new>
#include <stdexcept>
#include <string>

#include "support/failure.hpp"

using namespace acedt;

TEST_CASE("add() prepends context to the message") {
  Error error(ErrorKind::corrupt, "got sha256:aa, want sha256:bb");
  error.add("layer 3").add("ghcr.io/a/b:1");
  CHECK(std::string(error.what()) == "ghcr.io/a/b:1: layer 3: got sha256:aa, want sha256:bb");
  CHECK(error.kind() == ErrorKind::corrupt);
  CHECK(error.hint().empty());
}

TEST_CASE("the first hint stays and is not part of the message") {
  Error error(ErrorKind::unauthorized, "401");
  error.hint("log in").hint("give up").add("reg");
  CHECK(error.hint() == "log in");
  CHECK(std::string(error.what()) == "reg: 401");
}

TEST_CASE("throw_errno() gives the reason and a hint, and knows when the disk is full") {
  const struct {
    std::string_view reason;
    int code;
    bool is_full;
  } table[] = {{"No such file or directory", ENOENT, false},
               {"Permission denied", EACCES, false},
               {"Input/output error", EIO, false},
               {"No space left on device", ENOSPC, true},
               {"Disk quota exceeded", EDQUOT, true}};
  for (const auto& row : table) {
    errno = row.code;
    try {
      throw_errno("write a.tar");
    } catch (const Error& error) {
      CHECK(error.kind() == (row.is_full ? ErrorKind::no_space : ErrorKind::storage));
      CHECK(std::string(error.what()) == "write a.tar: " + std::string(row.reason));
      CHECK_FALSE(error.hint().empty());
      errno = 0;
    }
    CHECK(errno == 0);
  }
}

TEST_CASE("an error mentions its attempts if there was more than one") {
  CHECK(std::string(Error(ErrorKind::transport, "cut").tried(1).what()) == "cut");
  Error error(ErrorKind::transport, "cut");
  CHECK(error.attempts() == 1);
  error.tried(7);
  CHECK(error.attempts() == 7);
  CHECK(std::string(error.what()) == "cut; gave up after 7 attempts");
}

TEST_CASE("as_error() makes an Error of every exception") {
  const auto text_of = [](const std::exception_ptr& failure, ErrorKind kind) {
    return testing::failure(kind, [&] { std::rethrow_exception(as_error(failure)); });
  };
  CHECK(text_of(std::make_exception_ptr(Error(ErrorKind::corrupt, "torn")), ErrorKind::corrupt) == "torn");
  CHECK(text_of(std::make_exception_ptr(std::bad_alloc()), ErrorKind::internal) == "out of memory");
  CHECK(text_of(std::make_exception_ptr(std::length_error("too long")), ErrorKind::internal) == "too long");
  CHECK(text_of(std::make_exception_ptr(42), ErrorKind::internal) == "an exception of unknown type");
  struct Special : Error {
    using Error::Error;
  };
  CHECK_THROWS_AS(std::rethrow_exception(as_error(std::make_exception_ptr(Special(ErrorKind::corrupt, "")))), Special);
}

#include "acedt/net/socks5.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "acedt/base/text.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace std::literals;

namespace {

/// What becomes of it when the proxy says `answers`, `at_a_time` bytes in a piece: all that is sent in hex, one message
/// after another, and how it ends.
std::string dialogue(const std::string& proxy, const http::Origin& host, const std::vector<std::string>& answers,
                     std::size_t at_a_time) {
  net::Socks5 socks(http::Proxy::parse(proxy), host);
  std::string log = to_hex(as_bytes(socks.greeting()));
  for (const std::string& answer : answers) {
    for (std::size_t at = 0; at < answer.size(); at += at_a_time) {
      const auto step = socks.feed(as_bytes(answer).subspan(at, std::min(at_a_time, answer.size() - at)));
      if (const auto* send = std::get_if<net::Socks5::Send>(&step)) log += " " + to_hex(as_bytes(send->bytes));
      if (std::holds_alternative<net::Socks5::Done>(step)) log += " done";
      if (const auto* failed = std::get_if<net::Socks5::Failed>(&step)) return log + " failed: " + failed->why;
    }
  }
  return log;
}

const std::string any = "socks5://p";
const std::string with_login = "socks5://me:pw@p";
const http::Origin by_name{true, "reg.example", 443};
const std::string greeting = "050100";
const std::string greeting_with_login = "05020002";
const std::string connect_by_name =
    "05010003"
    "0b"
    "7265672e6578616d706c65"
    "01bb";
const std::string no_login_needed = "\x05\x00"s;
const std::string granted = "\x05\x00\x00\x01\x7f\x00\x00\x01\x13\x88"s;

}  // namespace

TEST_CASE("a SOCKS5 dialogue goes as RFC 1928 and RFC 1929 have it, however the bytes arrive") {
  struct Case {
    std::string proxy;
    http::Origin host;
    std::vector<std::string> answers;
    std::string log;
  };
  const std::vector<Case> cases = {
      {any, by_name, {no_login_needed, granted}, greeting + " " + connect_by_name + " done"},
      {any, {true, "10.1.2.3", 5000}, {no_login_needed, granted}, greeting + " 050100010a0102031388 done"},
      {any,
       {false, "2001:db8::1", 80},
       {no_login_needed, granted},
       greeting + " 0501000420010db80000000000000000000000010050 done"},
      {any, by_name, {no_login_needed, "\x05\x00\x00\x03\x02hi\x00\x50"s}, greeting + " " + connect_by_name + " done"},
      {any,
       by_name,
       {no_login_needed, "\x05\x00\x00\x04"s + std::string(16, '\1') + "\x00\x50"s},
       greeting + " " + connect_by_name + " done"},
      {any, by_name, {no_login_needed, granted.substr(0, 9)}, greeting + " " + connect_by_name},
      {with_login, by_name, {no_login_needed, granted}, greeting_with_login + " " + connect_by_name + " done"},
      {with_login,
       by_name,
       {"\x05\x02"s, "\x01\x00"s, granted},
       greeting_with_login + " 01026d65027077 " + connect_by_name + " done"},
      {with_login,
       by_name,
       {"\x05\x02"s, "\x01\x01"s},
       greeting_with_login + " 01026d65027077 failed: it does not accept user and password"},
      {any, by_name, {"\x05\xff"s}, greeting + " failed: it wants a user and a password"},
      {any, by_name, {"\x05\x02"s}, greeting + " failed: it wants a user and a password"},
      {with_login,
       by_name,
       {"\x05\xff"s},
       greeting_with_login + " failed: it wants another kind of login than user and password"},
      {any, by_name, {"HT"}, greeting + " failed: it does not speak SOCKS5"},
      {any,
       by_name,
       {no_login_needed, "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"s},
       greeting + " " + connect_by_name + " failed: its rules do not allow this connection"},
      {any,
       by_name,
       {no_login_needed, "\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00"s},
       greeting + " " + connect_by_name + " failed: it cannot reach the host, or does not know its name"},
      {any,
       by_name,
       {no_login_needed, "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"s},
       greeting + " " + connect_by_name + " failed: the host refuses the connection"},
      {any,
       by_name,
       {no_login_needed, "\x05\x00\x00\x09\x00\x00\x00\x00\x00\x00"s},
       greeting + " " + connect_by_name + " failed: it does not speak SOCKS5"},
  };
  for (const std::size_t at_a_time : {1U, 3U, 1000U}) {
    for (const Case& one : cases) {
      CAPTURE(one.log);
      CAPTURE(at_a_time);
      CHECK(dialogue(one.proxy, one.host, one.answers, at_a_time) == one.log);
    }
  }
}

TEST_CASE("a SOCKS5 proxy that sends too much is refused") {
  CHECK(dialogue(any, by_name, {no_login_needed, granted + "x"}, 1000) ==
        greeting + " " + connect_by_name + " failed: it sends more than SOCKS5 has");
  CHECK(dialogue(any, by_name, {no_login_needed + "x"}, 1000) == greeting + " failed: it does not speak SOCKS5");
}

TEST_CASE("a user, password or host that is too long for SOCKS5 is an error") {
  const auto make = [](const std::string& url) { net::Socks5(http::Proxy::parse(url), by_name); };
  testing::failure(ErrorKind::usage, [&] { make("socks5://" + std::string(256, 'u') + ":pw@p"); });
  testing::failure(ErrorKind::usage, [&] { make("socks5://me:" + std::string(256, 'p') + "@p"); });
}

#include "acedt/net/addresses.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace acedt;

namespace {

asio::ip::tcp::endpoint at(const std::string& address) {
  return {asio::ip::make_address(address), 443};
}

std::string shown(const std::vector<asio::ip::tcp::endpoint>& order) {
  std::string text;
  for (const auto& address : order) text += (text.empty() ? "" : " ") + address.address().to_string();
  return text;
}

}  // namespace

TEST_CASE("connections to a host spread over its addresses") {
  net::Addresses addresses({at("10.0.0.1"), at("10.0.0.2"), at("10.0.0.3")});
  CHECK(shown(addresses.next()) == "10.0.0.1 10.0.0.2 10.0.0.3");
  CHECK(shown(addresses.next()) == "10.0.0.2 10.0.0.3 10.0.0.1");
  CHECK(shown(addresses.next()) == "10.0.0.3 10.0.0.1 10.0.0.2");
  CHECK(shown(addresses.next()) == "10.0.0.1 10.0.0.2 10.0.0.3");
}

TEST_CASE("families take turns, that of the best address first") {
  net::Addresses addresses({at("2001:db8::1"), at("2001:db8::2"), at("2001:db8::3"), at("10.0.0.1")});
  CHECK(shown(addresses.next()) == "2001:db8::1 10.0.0.1 2001:db8::2 2001:db8::3");
  CHECK(shown(addresses.next()) == "2001:db8::2 10.0.0.1 2001:db8::3 2001:db8::1");
}

TEST_CASE("an address that failed comes last, until it answers again") {
  net::Addresses addresses({at("2001:db8::1"), at("10.0.0.1"), at("10.0.0.2")});
  addresses.avoid(at("2001:db8::1"));
  CHECK(shown(addresses.next()) == "10.0.0.1 10.0.0.2 2001:db8::1");
  addresses.answered(at("2001:db8::1"));
  CHECK(shown(addresses.next()) == "2001:db8::1 10.0.0.2 10.0.0.1");
}

TEST_CASE("a host without addresses has none to try") {
  CHECK(net::Addresses().next().empty());
}

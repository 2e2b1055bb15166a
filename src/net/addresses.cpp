#include "acedt/net/addresses.hpp"

#include <algorithm>

namespace acedt::net {
namespace {

using List = std::vector<Addresses::Address>;

List turned(List list, std::size_t turns) {
  if (list.empty()) return list;
  std::ranges::rotate(list, list.begin() + static_cast<std::ptrdiff_t>(turns % list.size()));
  return list;
}

List interleaved(const List& first, const List& second) {
  List out;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) out.push_back(first[i]);
    if (i < second.size()) out.push_back(second[i]);
  }
  return out;
}

}  // namespace

std::vector<Addresses::Address> Addresses::next() {
  List preferred;
  List other;
  List last;
  for (const Address& address : all_) {
    const bool same_family = address.protocol() == all_.front().protocol();
    (avoided_.contains(address) ? last : same_family ? preferred : other).push_back(address);
  }
  const std::size_t turns = turns_++;
  List order = interleaved(turned(preferred, turns), turned(other, turns));
  order.insert(order.end(), last.begin(), last.end());
  return order;
}

}  // namespace acedt::net

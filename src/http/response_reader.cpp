#include "acedt/http/response_reader.hpp"

#include "http/message_reader.hpp"

namespace acedt::http {
namespace {

struct ToStep {
  ResponseReader::Step operator()(MessageHead&& head) const {
    return ResponseHead{.status = head.status, .fields = std::move(head.fields)};
  }
  template <typename Other>
  ResponseReader::Step operator()(Other&& other) const {
    return std::forward<Other>(other);
  }
};

}  // namespace

struct ResponseReader::State {
  MessageReader message = MessageReader(HTTP_RESPONSE);
};

ResponseReader::ResponseReader() : state_(std::make_unique<State>()) {}
ResponseReader::ResponseReader(ResponseReader&&) noexcept = default;
ResponseReader& ResponseReader::operator=(ResponseReader&&) noexcept = default;
ResponseReader::~ResponseReader() = default;

void ResponseReader::start(bool head_only) {
  state_->message.start(head_only);
}

ResponseReader::Step ResponseReader::feed(std::span<const std::byte> input, std::size_t& used) {
  return std::visit(ToStep(), state_->message.feed(input, used));
}

ResponseReader::Step ResponseReader::end_of_input() {
  return std::visit(ToStep(), state_->message.end_of_input());
}

bool ResponseReader::keeps_alive() const {
  return state_->message.keeps_alive();
}

}  // namespace acedt::http

#include "acedt/http/request_reader.hpp"

#include "http/message_reader.hpp"

namespace acedt::http {
namespace {

struct ToStep {
  RequestReader::Step operator()(MessageHead&& head) const {
    return RequestHead{
        .method = std::move(head.method), .target = std::move(head.target), .fields = std::move(head.fields)};
  }
  template <typename Other>
  RequestReader::Step operator()(Other&& other) const {
    return std::forward<Other>(other);
  }
};

}  // namespace

struct RequestReader::State {
  MessageReader message = MessageReader(HTTP_REQUEST);
};

RequestReader::RequestReader() : state_(std::make_unique<State>()) {}
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;
RequestReader::~RequestReader() = default;

void RequestReader::start() {
  state_->message.start(false);
}

RequestReader::Step RequestReader::feed(std::span<const std::byte> input, std::size_t& used) {
  return std::visit(ToStep(), state_->message.feed(input, used));
}

bool RequestReader::keeps_alive() const {
  return state_->message.keeps_alive();
}

}  // namespace acedt::http

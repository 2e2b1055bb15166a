#include "acedt/http/message_reader.hpp"

#include "http/transcript.hpp"

using namespace acedt;
using namespace acedt::http;
using namespace std::literals;

namespace {

using http::testing::read_however_cut;
using http::testing::transcript_of;

const std::string chunked_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

ResponseReader reader_of(bool head_only) {
  ResponseReader reader;
  reader.start(head_only);
  return reader;
}

std::string text_of(const std::string& wire, bool head_only = false) {
  return read_however_cut([&] { return reader_of(head_only); }, wire).text;
}

/// What the reader says of `wire` and of the end of the connection after it.
ResponseReader::Step end_after(const std::string& wire) {
  ResponseReader reader;
  transcript_of(reader, {wire});
  return reader.end_of_input();
}

bool is_malformed(const ResponseReader::Step& step) {
  return std::holds_alternative<ResponseReader::Malformed>(step);
}
bool is_cut(const ResponseReader::Step& step) {
  return is_malformed(step) && std::get<ResponseReader::Malformed>(step).cut;
}
bool is_done(const ResponseReader::Step& step) {
  return std::holds_alternative<ResponseReader::Done>(step);
}

ResponseReader::Step feed(ResponseReader& reader, std::string_view input, std::size_t& used) {
  return reader.feed(as_bytes(input), used);
}

}  // namespace

TEST_CASE("a response is its head, its body and its end, however the bytes arrive") {
  CHECK(text_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX:\r\nY: \t a b \r\n\r\nhello") ==
        "200 Content-Length=5 X= Y=a b [hello] done");
  CHECK(text_of("HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n") == "404 Content-Length=0 done");
  CHECK(text_of(chunked_head + "5\r\nhello\r\n006;a=\"b;\";c=d\r\n world\r\n0\r\n\r\n") ==
        "200 Transfer-Encoding=chunked [hello world] done");
  CHECK(text_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked \r\n\r\nA\r\n0123456789\r\n0\r\n\r\n") ==
        "200 Transfer-Encoding=Chunked [0123456789] done");
}

TEST_CASE("a body without a length continues until the connection closes") {
  CHECK(text_of("HTTP/1.1 200 OK\r\nA: b\r\n\r\nHTTP/1.1 ") == "200 A=b [HTTP/1.1 ] more");
  CHECK(is_done(end_after("HTTP/1.1 200 OK\r\n\r\nbody")));
  CHECK(is_done(end_after("HTTP/1.1 200 OK\r\n\r\n")));
}

TEST_CASE("the body comes in one piece as large as the input, without a copy") {
  ResponseReader reader;
  std::size_t used = 0;
  feed(reader, "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n", used);
  const std::string first(262144, 'x');
  auto step = feed(reader, first, used);
  REQUIRE(std::holds_alternative<ResponseReader::Data>(step));
  CHECK(std::get<ResponseReader::Data>(step).bytes.data() == as_bytes(first).data());
  CHECK(std::get<ResponseReader::Data>(step).bytes.size() == first.size());
  CHECK(used == first.size());

  const std::string second = std::string(37856, 'y') + "HTTP/1.1";
  step = feed(reader, second, used);
  CHECK(std::get<ResponseReader::Data>(step).bytes.size() == 37856);
  CHECK(is_done(feed(reader, std::string_view(second).substr(used), used)));
  CHECK(used == 0);
}

TEST_CASE("the end of a body that ends with the input is told without more input") {
  ResponseReader reader;
  std::size_t used = 0;
  const auto wire = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"sv;
  feed(reader, wire, used);
  feed(reader, wire.substr(used), used);
  CHECK(used == 5);
  SUBCASE("by feeding nothing") {
    CHECK(is_done(reader.feed({}, used)));
  }
  SUBCASE("by closing the connection") {
    CHECK(is_done(reader.end_of_input()));
  }
}

TEST_CASE("responses that follow each other are told apart") {
  const std::string wire = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na" + chunked_head + "1\r\nb\r\n0\r\n\r\n" +
                           "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" +
                           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nc";
  for (std::size_t at_a_time = 1; at_a_time <= wire.size(); ++at_a_time) {
    ResponseReader reader;
    std::string text;
    std::size_t start = 0;
    for (const bool head_only : {false, false, true, false}) {
      std::vector<std::string> pieces;
      for (std::size_t at = start; at < wire.size(); at += at_a_time) pieces.push_back(wire.substr(at, at_a_time));
      reader.start(head_only);
      const auto transcript = transcript_of(reader, pieces);
      text += transcript.text + "; ";
      start += transcript.used;
    }
    CHECK(text ==
          "200 Content-Length=1 [a] done; 200 Transfer-Encoding=chunked [b] done; 200 Content-Length=9 done; "
          "200 Content-Length=1 [c] done; ");
    CHECK(start == wire.size());
  }
}

TEST_CASE("an answer to HEAD, a 204 and a 304 have no body, whatever their fields say") {
  CHECK(text_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/", true) == "200 Content-Length=5 done");
  CHECK(text_of("HTTP/1.1 200 OK\r\n\r\nHTTP/", true) == "200 done");
  CHECK(text_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/", true) ==
        "200 Transfer-Encoding=chunked done");
  CHECK(text_of("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nHTTP/") == "204 Content-Length=5 done");
  CHECK(text_of("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nHTTP/") == "304 Content-Length=5 done");
  CHECK(text_of("HTTP/1.1 304 Not Modified\r\n\r\n") == "304 done");
}

TEST_CASE("informational responses are skipped") {
  CHECK(text_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: close\r\n\r\n"
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") == "200 Content-Length=2 [ok] done");
  CHECK(text_of("HTTP/1.1 102 Processing\r\nContent-Length: 3\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n") == "204 done");
}

TEST_CASE("trailers are read and left out") {
  ResponseReader reader;
  const auto trailers = "X-Checksum: 7\r\nContent-Length: 9\r\n\r\n"s;
  const auto transcript = transcript_of(reader, {chunked_head + "1\r\nx\r\n0\r\n" + trailers + "HTTP"});
  CHECK(transcript.text == "200 Transfer-Encoding=chunked [x] done");
  CHECK(transcript.used == chunked_head.size() + 6 + 3 + trailers.size());
}

TEST_CASE("anything but an HTTP/1 response is malformed") {
  for (const auto& wire : {
           "x"s,
           "HTTP/2.0 200 OK\r\n\r\n"s,
           "HTTP/0.9 200 OK\r\n\r\n"s,
           "HTTP/1.1 2x0 OK\r\n\r\n"s,
           "HTTP/1.1 99 OK\r\n\r\n"s,
           "HTTP/1.1 2000 OK\r\n\r\n"s,
           "HTTP/1.1  200 OK\r\n\r\n"s,
           "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"s,
           "HTTP/1.1 200 OK\nContent-Length: 0\n\n"s,
           "HTTP/1.1 200 OK\r\nX: a\nY: b\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nX: a\rY: b\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\n X: a\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nX\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nX y: z\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\n: z\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nX: a\x7f\r\n\r\n"s,
           "HTTP/1.1 200 O\x01K\r\n\r\n"s,
       }) {
    CAPTURE(wire);
    CHECK(text_of(wire).ends_with("malformed"));
  }
}

TEST_CASE("a body with contradictory lengths is malformed") {
  for (const auto fields : {
           "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
           "Content-Length: 3\r\nContent-Length: 4\r\n",
           "Content-Length: 3\r\nContent-Length: 3\r\nContent-Length: 4\r\n",
           "Content-Length: 3\r\nContent-Length: 03\r\n",
           "Content-Length: 3\r\nContent-Length:\r\n",
           "Content-Length: 3\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n",
           "Content-Length: 3, 4\r\n",
           "Content-Length: 3 4\r\n",
           "Content-Length:\r\n",
           "Content-Length: -3\r\n",
           "Content-Length: +3\r\n",
           "Content-Length: 0x3\r\n",
           "Content-Length: 3.\r\n",
           "Content-Length: 18446744073709551616\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked, identity\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding:\r\n",
       }) {
    CAPTURE(fields);
    CHECK(text_of("HTTP/1.1 200 OK\r\n"s + fields + "\r\n") == " malformed");
  }
  CHECK(text_of("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") == " malformed");
}

TEST_CASE("a repeated Content-Length with the same value is accepted") {
  CHECK(text_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\ncontent-length: 5\r\n\r\nhello") ==
        "200 Content-Length=5 X=y content-length=5 [hello] done");
  ResponseReader reader;
  const std::string twice = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n";
  CHECK(transcript_of(reader, {twice + "helloHTTP"}).used == twice.size() + 5);
  CHECK(reader.keeps_alive());
}

TEST_CASE("chunks that are not framed as they should be are malformed") {
  for (const auto chunks : {
           "\r\nabc\r\n",
           "g\r\n",
           "-3\r\nabc\r\n",
           "+3\r\nabc\r\n",
           "0x3\r\nabc\r\n",
           " 3\r\nabc\r\n",
           "3 \r\nabc\r\n",
           "3\nabc\r\n",
           "3\rabc\r\n",
           "3\r\nabcd\r\n",
           "3\r\nab\r\n0\r\n\r\n",
           "3\r\nabcXX0\r\n\r\n",
           "3\r\nabc\n0\r\n\r\n",
           "10000000000000000\r\n",
           "ffffffffffffffffffff\r\n",
           "3;\x01\r\nabc\r\n",
           "0\r\nT: a\r\n b\r\n\r\n",
           "0\r\nT: a\n\r\n",
           "0\r\nT\r\n\r\n",
       }) {
    CAPTURE(chunks);
    CHECK(text_of(chunked_head + chunks).ends_with("malformed"));
  }
}

TEST_CASE("a response that is cut short is malformed, wherever that is") {
  for (const auto& wire : {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"s,
                           "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\nA: b\r\n\r\n"s,
                           chunked_head + "5\r\nhello\r\n0\r\nT: u\r\n\r\n"}) {
    for (std::size_t size = 0; size < wire.size(); ++size) {
      CAPTURE(size);
      ResponseReader reader;
      CHECK(transcript_of(reader, {wire.substr(0, size)}).text.ends_with(" more"));
      CHECK(is_cut(reader.end_of_input()));
    }
    CHECK(is_done(end_after(wire)));
  }
  CHECK(std::get<ResponseReader::Malformed>(end_after("")).why == "connection closed before a response");
}

TEST_CASE("a head of 64 KiB is read, one byte more is not") {
  const auto head_of = [](std::size_t size) {
    const auto start = "HTTP/1.1 204 No Content\r\nX: "s;
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
  };
  for (const std::size_t at_a_time : {1U, 1000U, 100000U}) {
    for (const std::size_t size : {65536U, 65537U}) {
      const std::string wire = head_of(size);
      std::vector<std::string> pieces;
      for (std::size_t at = 0; at < wire.size(); at += at_a_time) pieces.push_back(wire.substr(at, at_a_time));
      ResponseReader reader;
      CHECK(transcript_of(reader, pieces).text.ends_with(size == 65536 ? " done" : " malformed"));
    }
  }
}

TEST_CASE("an endless head, trailer or chunk size is malformed after 64 KiB") {
  const auto repeated = [](std::string wire, std::string_view again) {
    const std::size_t end = wire.size() + 65536;
    while (wire.size() <= end) wire += again;
    ResponseReader reader;
    return transcript_of(reader, {wire}).text;
  };
  CHECK(repeated("", "HTTP/1.1 100 Continue\r\n\r\n") == " malformed");
  CHECK(repeated("", "\r\n") == " malformed");
  CHECK(repeated("HTTP/1.1 200 ", "x") == " malformed");
  CHECK(repeated("HTTP/1.1 200 OK\r\n", "x") == " malformed");
  CHECK(repeated("HTTP/1.1 200 OK\r\n", "x: y\r\n") == " malformed");
  CHECK(repeated(chunked_head + "1;", "x") == "200 Transfer-Encoding=chunked malformed");
  CHECK(repeated(chunked_head, "0") == "200 Transfer-Encoding=chunked malformed");
  CHECK(repeated(chunked_head + "0\r\n", "x: y\r\n") == "200 Transfer-Encoding=chunked malformed");
}

TEST_CASE("chunks that have far more of extensions than of content are malformed") {
  const auto chunks_of = [](std::size_t extension) {
    std::string wire = chunked_head;
    for (int i = 0; i < 1000; ++i) wire += "1;" + std::string(extension, 'x') + "\r\nc\r\n";
    ResponseReader reader;
    return transcript_of(reader, {wire + "0\r\n\r\n"}).text;
  };
  CHECK(chunks_of(70).ends_with(" done"));
  CHECK(chunks_of(90).ends_with(" malformed"));
}

TEST_CASE("endless trailers are reported as such, however they arrive") {
  const std::string start = chunked_head + "2\r\n{}\r\n0\r\n";
  std::string wire = start;
  while (wire.size() < start.size() + (80 << 10)) wire += "X: y\r\n";
  for (const std::size_t piece : {1U, 7U, 4096U, 1U << 20}) {
    ResponseReader reader;
    ResponseReader::Step step;
    for (std::string_view rest = wire; !rest.empty() && !is_malformed(step);) {
      std::size_t used = 0;
      step = feed(reader, rest.substr(0, piece), used);
      rest.remove_prefix(used);
    }
    REQUIRE(is_malformed(step));
    CHECK(std::get<ResponseReader::Malformed>(step).why == "more than 64 KiB of head, trailers or chunk extensions");
  }
}

TEST_CASE("a body of many chunks is not mistaken for an endless head") {
  std::string wire = chunked_head;
  for (int i = 0; i < 20000; ++i) wire += "1\r\nx\r\n";
  ResponseReader reader;
  CHECK(transcript_of(reader, {wire + "0\r\n\r\n"}).text ==
        "200 Transfer-Encoding=chunked [" + std::string(20000, 'x') + "] done");
}

TEST_CASE("the connection can be reused if both sides know the end of the response") {
  const auto keeps_alive = [](const std::string& wire, bool head_only = false) {
    ResponseReader reader = reader_of(head_only);
    CHECK(transcript_of(reader, {wire}).text.ends_with(" done"));
    return reader.keeps_alive();
  };
  CHECK(keeps_alive("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
  CHECK(keeps_alive(chunked_head + "0\r\n\r\n"));
  CHECK(keeps_alive("HTTP/1.1 204 No Content\r\n\r\n"));
  CHECK(keeps_alive("HTTP/1.1 200 OK\r\n\r\n", true));
  CHECK(keeps_alive("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx"));
  CHECK(keeps_alive("HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"));
  CHECK_FALSE(keeps_alive("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\nx"));
  CHECK_FALSE(keeps_alive("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"));
  CHECK_FALSE(keeps_alive("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"));

  ResponseReader reader;
  transcript_of(reader, {"HTTP/1.1 200 OK\r\n\r\nx"});
  CHECK(is_done(reader.end_of_input()));
  CHECK_FALSE(reader.keeps_alive());
}

TEST_CASE("a malformed connection stays malformed") {
  ResponseReader reader;
  transcript_of(reader, {"HTTP/1.1 101 Switching Protocols\r\n\r\n"});
  CHECK_FALSE(reader.keeps_alive());
  reader.start(false);
  std::size_t used = 1;
  const auto step = feed(reader, "HTTP/1.1 204 No Content\r\n\r\n", used);
  CHECK(used == 0);
  CHECK(std::get<ResponseReader::Malformed>(step).why == "switch to another protocol, which was not requested");
  CHECK(is_malformed(reader.end_of_input()));
  CHECK_FALSE(is_cut(reader.end_of_input()));
}

TEST_CASE("the length of the content is known where it is a number") {
  const auto length = [](std::string text) {
    ResponseHead head;
    head.fields.add("content-length", std::move(text));
    return head.content_length();
  };
  CHECK(length("0") == 0);
  CHECK(length("18446744073709551615") == 18446744073709551615U);
  for (const auto bad : {"", "-1", "+1", "1x", "1, 1", "18446744073709551616"}) CHECK(length(bad) == std::nullopt);
  CHECK(ResponseHead().content_length() == std::nullopt);
}

namespace {

std::string request_text_of(const std::string& wire) {
  return read_however_cut([] { return RequestReader(); }, wire).text;
}

}  // namespace

TEST_CASE("a request is its head, its body and its end, however the bytes arrive") {
  CHECK(request_text_of("GET /v2/a/blobs/sha256:b?c=d HTTP/1.1\r\nHost: localhost\r\nRange: bytes=3-\r\n\r\n") ==
        "GET /v2/a/blobs/sha256:b?c=d Host=localhost Range=bytes=3- done");
  CHECK(request_text_of("HEAD / HTTP/1.1\r\n\r\n") == "HEAD / done");
  CHECK(request_text_of("POST /t HTTP/1.1\r\nContent-Length: 3\r\n\r\na=bGET") ==
        "POST /t Content-Length=3 [a=b] done");
  CHECK(request_text_of("PUT /t HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\nGET") ==
        "PUT /t Transfer-Encoding=chunked [abc] done");
}

TEST_CASE("a client that waits for 100 Continue is seen by its field") {
  CHECK(request_text_of("PUT /t HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n") ==
        "PUT /t Expect=100-continue Content-Length=3 more");
}

TEST_CASE("what follows CONNECT is the tunnel") {
  RequestReader reader;
  const auto head = "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"s;
  const auto transcript = transcript_of(reader, {head + "\x16\x03\x01"});
  CHECK(transcript.text == "CONNECT a:443 Host=a:443 done");
  CHECK(transcript.used == head.size());
}

TEST_CASE("requests that follow each other are told apart") {
  const auto wire = "GET /1 HTTP/1.1\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nxGET /3 HTTP/1.0\r\n\r\n"s;
  RequestReader reader;
  std::string text;
  for (std::size_t start = 0; start < wire.size();) {
    reader.start();
    const auto transcript = transcript_of(reader, {wire.substr(start)});
    text += transcript.text + (reader.keeps_alive() ? "; " : ".");
    start += transcript.used;
  }
  CHECK(text == "GET /1 done; POST /2 Content-Length=1 [x] done; GET /3 done.");
}

TEST_CASE("a request says whether its connection stays open") {
  const auto keeps_alive = [](const std::string& wire) {
    RequestReader reader;
    CHECK(transcript_of(reader, {wire}).text.ends_with(" done"));
    return reader.keeps_alive();
  };
  CHECK(keeps_alive("GET / HTTP/1.1\r\n\r\n"));
  CHECK(keeps_alive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  CHECK_FALSE(keeps_alive("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"));
}

TEST_CASE("anything but an HTTP/1 request is malformed") {
  for (const auto& wire : {
           "\x16\x03\x01\x02"s,
           "get / HTTP/1.1\r\n\r\n"s,
           "FETCH / HTTP/1.1\r\n\r\n"s,
           "GET HTTP/1.1\r\n\r\n"s,
           "GET  HTTP/1.1\r\n\r\n"s,
           "GET / x HTTP/1.1\r\n\r\n"s,
           "GET / HTTP/2.0\r\n\r\n"s,
           "GET /\x01 HTTP/1.1\r\n\r\n"s,
           "GET / HTTP/1.1\n\n"s,
           "GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n"s,
           "GET / HTTP/1.1\r\nX : a\r\n\r\n"s,
           "GET / HTTP/1.1\r\nX: a\0b\r\n\r\n"s,
           "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s,
           "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"s,
           "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"s,
           "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"s,
           "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"s,
           "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"s,
           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"s,
           "GET /" + std::string(65536, 'x'),
       }) {
    CAPTURE(wire.substr(0, 80));
    RequestReader reader;
    CHECK(transcript_of(reader, {wire}).text.ends_with(" malformed"));
    if (wire.size() < 1000) CHECK(request_text_of(wire).ends_with(" malformed"));
  }
}

TEST_CASE("a request that has not ended wants more") {
  const auto wire = "POST /t HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b"s;
  for (std::size_t size = 0; size < wire.size(); ++size) {
    RequestReader reader;
    CHECK(transcript_of(reader, {wire.substr(0, size)}).text.ends_with(" more"));
  }
}

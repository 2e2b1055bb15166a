#include "acedt/http/request_reader.hpp"

#include "http/transcript.hpp"

using namespace acedt;
using namespace acedt::http;
using namespace std::literals;

namespace {

using http::testing::read_however_cut;
using http::testing::transcript_of;

std::string text_of(const std::string& wire) {
  return read_however_cut([] { return RequestReader(); }, wire).text;
}

}  // namespace

TEST_CASE("a request is its head, its body and its end, however the bytes arrive") {
  CHECK(text_of("GET /v2/a/blobs/sha256:b?c=d HTTP/1.1\r\nHost: localhost\r\nRange: bytes=3-\r\n\r\n") ==
        "GET /v2/a/blobs/sha256:b?c=d Host=localhost Range=bytes=3- done");
  CHECK(text_of("HEAD / HTTP/1.1\r\n\r\n") == "HEAD / done");
  CHECK(text_of("POST /t HTTP/1.1\r\nContent-Length: 3\r\n\r\na=bGET") == "POST /t Content-Length=3 [a=b] done");
  CHECK(text_of("PUT /t HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\nGET") ==
        "PUT /t Transfer-Encoding=chunked [abc] done");
}

TEST_CASE("a client that waits for 100 Continue is seen by its field") {
  CHECK(text_of("PUT /t HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n") ==
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

TEST_CASE("a request says whether its connection can go on") {
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
    if (wire.size() < 1000) CHECK(text_of(wire).ends_with(" malformed"));
  }
}

TEST_CASE("a request that has not ended wants more") {
  const auto wire = "POST /t HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b"s;
  for (std::size_t size = 0; size < wire.size(); ++size) {
    RequestReader reader;
    CHECK(transcript_of(reader, {wire.substr(0, size)}).text.ends_with(" more"));
  }
}

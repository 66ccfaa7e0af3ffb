// Tests of device labels.
#include "web/api/device_label.h"

#include "tests/catch.h"

namespace glitch_protocol::web {

TEST_CASE("a device label names the browser and the system that the user knows") {
  struct Row {
    const char* userAgent;
    const char* label;
  };
  const auto row = GENERATE(values<Row>({
      {"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"},
      {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0",
       "Firefox on Windows"},
      {"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 "
       "Mobile "
       "Safari/537.36",
       "Chrome on Android"},
      {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
       "Version/17.5 "
       "Safari/605.1.15",
       "Safari on macOS"},
      {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
       "Version/17.5 "
       "Mobile/15E148 Safari/604.1",
       "Safari on iPhone"},
      {"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/128.0 "
       "Mobile/15E148 Safari/604.1",
       "Chrome on iPad"},
      {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 "
       "Safari/537.36 Edg/128.0.0.0",
       "Edge on Windows"},
      {"Mozilla/5.0 (X11; CrOS x86_64 15917.71.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 "
       "Safari/537.36",
       "Chrome on ChromeOS"},
      {"curl/8.9.1", "curl"},
      {"node", "Node.js"},
      {"python-requests/2.32.3", "Python"},
      {"Mozilla/5.0 (X11; Linux x86_64)", "Linux"},
      {"Firefox/1.0", "Firefox"},
      {"", "Unknown device"},
      {"Mozilla/5.0", "Unknown device"},
      {"<script>alert(1)</script>", "Unknown device"},
  }));
  CHECK(deviceLabel(row.userAgent) == row.label);
}

}  // namespace glitch_protocol::web

#include <string>

#include "web/api/handlers/handlers.h"
#include "web/api/openapi_document.h"
#include "web/http/answer.h"

namespace glitch_protocol::web::handlers {

void openApi(Call& call) {
  answerJson(call.response(), 200, std::string(openApiDocument()));
}

}  // namespace glitch_protocol::web::handlers

// Serves the OpenAPI description of the API.
#include <string>

#include "web/api/handlers/handlers.h"
#include "web/api/openapi_document.h"

namespace glitch_protocol::web::handlers {

void openApi(Context& context) {
  answerJson(context.answer, 200, std::string(openApiDocument()));
}

}  // namespace glitch_protocol::web::handlers

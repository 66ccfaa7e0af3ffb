// Signs a user in with e-mail and password.
#include "web/api/handlers/handlers.h"
#include "web/api/handlers/sign_in.h"

namespace glitch_protocol::web::handlers {

// Always creates a new session, whatever cookie the request carries: a session that existed before the
// sign-in must not become an authenticated one (session fixation).
void login(Context& context) {
  Fields body = context.body();
  const std::string email = body.requiredText("email");
  const std::string password = body.requiredText("password");
  const Delivery delivery = deliveryIn(body);
  body.throwErrors();

  context.onRefusal.event = "login_failed";
  const SignIn signIn = context.services.accounts.login(email, password, context.client());
  context.log("login_succeeded", signIn.user.id, signIn.session.id);
  answerSignIn(context, 200, signIn, delivery);
}

}  // namespace glitch_protocol::web::handlers

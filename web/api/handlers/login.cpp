#include "web/api/handlers/handlers.h"
#include "web/api/handlers/sign_in.h"

namespace glitch_protocol::web::handlers {

// Always a new session, whatever cookie the request carries: what is there before a sign-in must not become
// signed in (session fixation).
void login(Call& call) {
  const std::string email = call.requiredText("email");
  const std::string password = call.requiredText("password");
  const Delivery delivery = call.delivery();
  call.requireFields();

  call.nameRefusal("login_failed");
  const SignIn signIn = call.accounts().login(email, password, call.client());
  call.log("login_succeeded", signIn.user.id, signIn.session.id);
  answerSignIn(call, 200, signIn, delivery);
}

}  // namespace glitch_protocol::web::handlers

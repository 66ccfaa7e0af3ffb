#include "web/api/handlers/handlers.h"
#include "web/api/handlers/sign_in.h"

namespace glitch_protocol::web::handlers {

void registerUser(Call& call) {
  const NewUser wanted{call.requiredText("email"), call.requiredText("password"), call.optionalText("name")};
  const Delivery delivery = call.delivery();
  call.requireFields();

  call.nameRefusal("registration_refused");
  const SignIn signIn = call.accounts().registerUser(wanted, call.client());
  call.log("registered", signIn.user.id, signIn.session.id);
  answerSignIn(call, 201, signIn, delivery);
}

}  // namespace glitch_protocol::web::handlers

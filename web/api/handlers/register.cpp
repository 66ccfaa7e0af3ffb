// Creates an account and signs in to it.
#include "web/api/handlers/handlers.h"
#include "web/api/handlers/sign_in.h"

namespace glitch_protocol::web::handlers {

void registerUser(Context& context) {
  Fields body = context.body();
  const NewUser wanted{body.requiredText("email"), body.requiredText("password"), body.text("name")};
  const Delivery delivery = deliveryIn(body);
  body.throwErrors();

  context.onRefusal.event = "registration_refused";
  const SignIn signIn = context.services.accounts.registerUser(wanted, context.client());
  context.log("registered", signIn.user.id, signIn.session.id);
  answerSignIn(context, 201, signIn, delivery);
}

}  // namespace glitch_protocol::web::handlers

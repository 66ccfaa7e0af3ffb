# Completion of auth-server for bash. tests/e2e/shipping.test.mjs compares its words with --help.

_auth_server() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local settings="--listen --database --jwt_secret_file --access_token_expiry_minutes --refresh_token_expiry_days
    --bcrypt_rounds --refresh_reuse_window_seconds --reuse_scope --session_absolute_days --max_sessions_per_user
    --registration --password_min_length --allowed_origins --trusted_proxies --cookie_name --cookie_secure
    --cleanup_interval_minutes --tls_certificate --tls_private_key --max_connections --max_connections_per_address
    --connection_memory --max_streams_per_user --workers --rate_limits --rate_limit_failures --rate_limit_logins
    --rate_limit_account --rate_limit_password_changes --rate_limit_registrations --rate_limit_refreshes
    --metrics_listen --log_level --log_format --core_dumps"

  # The value of an option.
  case $previous in
    --config | --database | --jwt_secret_file | --tls_certificate | --tls_private_key | --seed)
      compopt -o filenames 2>/dev/null
      COMPREPLY=($(compgen -f -- "$current"))
      return ;;
    --reuse_scope) COMPREPLY=($(compgen -W "user session" -- "$current")); return ;;
    --registration) COMPREPLY=($(compgen -W "open closed" -- "$current")); return ;;
    --cookie_secure) COMPREPLY=($(compgen -W "true false" -- "$current")); return ;;
    --rate_limits | --core_dumps) COMPREPLY=($(compgen -W "on off" -- "$current")); return ;;
    --log_level) COMPREPLY=($(compgen -W "debug info warning error" -- "$current")); return ;;
    --log_format) COMPREPLY=($(compgen -W "text json" -- "$current")); return ;;
    --user | --name | --limit | --origin | --url | --allow-public) return ;;
  esac
  if [[ " ${settings//$'\n'/ } " == *" $previous "* ]]; then return; fi

  # The command so far: words that are neither options nor their values.
  local command="" word skip=""
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $skip ]]; then
      skip=""
    elif [[ $word == --help || $word == --json || $word == --yes || $word == --all || $word == --insecure || $word == --keep-sessions ]]; then
      continue
    elif [[ $word == -* ]]; then
      [[ $word == *=* ]] || skip=1
    else
      command+="${command:+ }$word"
    fi
  done

  local words=""
  case $command in
    "") words="serve check-config secret backup restore audit doctor health stub version user session token" ;;
    user) words="add list passwd disable enable delete" ;;
    session) words="list terminate" ;;
    token) words="mint inspect" ;;
    check-config | version | "user list" | "session list"* | "token inspect") words="--json" ;;
    audit) words="--user --limit --json" ;;
    doctor*) words="--user --origin --insecure --json" ;;
    health) words="--url" ;;
    stub) words="--seed --allow-public" ;;
    "user add"*) words="--name --json" ;;
    "user delete"*) words="--yes" ;;
    "session terminate"*) words="--user --all --yes" ;;
    "token mint") words="--user --json" ;;
    backup | restore)
      [[ $command == backup ]] || words="--keep-sessions"
      if [[ $current != -* ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$current"))
        return
      fi ;;
  esac
  if [[ $current == -* ]]; then words+=" --help --config $settings"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}

complete -F _auth_server auth-server

# Postfix writes a line into its log for each recipient: who it was, and what became of the mail.
#
#     mail$ sh deliveries.sh
#
# From "... to=<brandon@example.com>, relay=local, delay=0.1, ... status=sent (why)" keep both ends.
tail -vfn 0 /var/log/mail.log | sed -un 's/.* to=<\([^>]*\)>.* status=/\1: /p; /^==>/p'

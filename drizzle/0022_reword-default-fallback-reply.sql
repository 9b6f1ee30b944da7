-- Sites that kept the default text keep it, with "email" instead of "e-mail".
UPDATE "sites" SET "fallback_reply" = 'Sorry, I cannot answer right now. Please leave your name and your email or phone number here, and someone from our team will get back to you.'
WHERE "fallback_reply" = 'Sorry, I cannot answer right now. Please leave your name and your e-mail or phone number here, and someone from our team will get back to you.';

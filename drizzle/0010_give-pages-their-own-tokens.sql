ALTER TABLE "messenger_pages" ADD COLUMN "sealed_token" text;--> statement-breakpoint
ALTER TABLE "messenger_pages" ADD COLUMN "token_fingerprint" text;
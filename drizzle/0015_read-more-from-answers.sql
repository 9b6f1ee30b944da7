ALTER TABLE "ai_turns" ADD COLUMN "asked" text;--> statement-breakpoint
ALTER TABLE "ai_turns" ADD COLUMN "version" text;--> statement-breakpoint
ALTER TABLE "ai_turns" ADD COLUMN "unanswered" text;--> statement-breakpoint
ALTER TABLE "ai_turns" ADD COLUMN "notes" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "additional_contacts" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "booking_url" text;
ALTER TABLE "messenger_sends" ALTER COLUMN "next_attempt_at" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "messenger_sends" ADD COLUMN "schedule_step" integer DEFAULT 0 NOT NULL;
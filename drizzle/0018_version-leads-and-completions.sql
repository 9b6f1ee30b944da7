ALTER TABLE "chat_sessions" ADD COLUMN "completion_claimed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "completion_undone_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "completions_undone" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "completion_needs" text DEFAULT 'nothing' NOT NULL;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "follows_id" bigint;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "lead_version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "changed" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ADD CONSTRAINT "sites_completion_needs" CHECK ("sites"."completion_needs" in ('nothing', 'contact', 'required_questions'));
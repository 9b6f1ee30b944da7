CREATE TABLE "handoffs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "handoffs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chat_session_id" bigint NOT NULL,
	"site_id" bigint NOT NULL,
	"reason" text,
	"message_id" bigint,
	"requested_by" text NOT NULL,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"deadline_at" timestamp (3) with time zone NOT NULL,
	"outcome" text,
	"ended_at" timestamp (3) with time zone,
	"taken_by_id" bigint,
	"taken_by" text,
	CONSTRAINT "handoffs_outcome" CHECK ("handoffs"."outcome" in ('taken', 'missed', 'cancelled')),
	CONSTRAINT "handoffs_ended" CHECK (("handoffs"."outcome" is null) = ("handoffs"."ended_at" is null))
);
--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "agent_name" text;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "handoff_deadline_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "is_handoff_missed" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "author_name" text;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "handoff" jsonb DEFAULT '{"visitor_may_ask":false,"wait_seconds":90}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "business_hours" jsonb;--> statement-breakpoint
ALTER TABLE "handoffs" ADD CONSTRAINT "handoffs_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handoffs" ADD CONSTRAINT "handoffs_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handoffs" ADD CONSTRAINT "handoffs_taken_by_id_users_id_fk" FOREIGN KEY ("taken_by_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "handoffs_open" ON "handoffs" USING btree ("chat_session_id") WHERE "handoffs"."outcome" is null;--> statement-breakpoint
CREATE INDEX "handoffs_due" ON "handoffs" USING btree ("deadline_at") WHERE "handoffs"."outcome" is null;--> statement-breakpoint
CREATE INDEX "handoffs_session" ON "handoffs" USING btree ("chat_session_id","id");--> statement-breakpoint
CREATE INDEX "handoffs_site" ON "handoffs" USING btree ("site_id","requested_at");
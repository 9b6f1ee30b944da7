CREATE TABLE "ai_traces" (
	"turn_id" uuid PRIMARY KEY NOT NULL,
	"site_id" bigint NOT NULL,
	"request" text,
	"response" text,
	"request_bytes" integer DEFAULT 0 NOT NULL,
	"response_bytes" integer DEFAULT 0 NOT NULL,
	"content_type" text,
	"queued_ms" integer,
	"first_byte_ms" integer,
	"total_ms" integer,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lead_outcomes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "lead_outcomes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chat_session_id" bigint NOT NULL,
	"stage" text NOT NULL,
	"value" numeric(15, 4),
	"currency" text,
	"reason" text,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"actor_type" text NOT NULL,
	"actor_name" text NOT NULL,
	"is_current" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lead_outcomes_stage_known" CHECK ("lead_outcomes"."stage" in ('qualified', 'disqualified', 'won', 'lost')),
	CONSTRAINT "lead_outcomes_value" CHECK (("lead_outcomes"."value" is null) = ("lead_outcomes"."currency" is null))
);
--> statement-breakpoint
CREATE TABLE "statistics_values" (
	"site_id" bigint NOT NULL,
	"grain" smallint NOT NULL,
	"bucket_at" timestamp (3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"campaign" text NOT NULL,
	"currency" text NOT NULL,
	"value" numeric DEFAULT '0' NOT NULL,
	CONSTRAINT "statistics_values_pk" PRIMARY KEY("site_id","grain","bucket_at","kind","key","campaign","currency")
);
--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "trace_days" integer DEFAULT 30 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_sources" ADD COLUMN "qualified" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_sources" ADD COLUMN "disqualified" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_sources" ADD COLUMN "won" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_sources" ADD COLUMN "lost" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_times" ADD COLUMN "qualified" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_times" ADD COLUMN "disqualified" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_times" ADD COLUMN "won" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_times" ADD COLUMN "lost" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_versions" ADD COLUMN "qualified" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_versions" ADD COLUMN "disqualified" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_versions" ADD COLUMN "won" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "statistics_versions" ADD COLUMN "lost" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "ai_traces" ADD CONSTRAINT "ai_traces_turn_id_ai_turns_turn_id_fk" FOREIGN KEY ("turn_id") REFERENCES "public"."ai_turns"("turn_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lead_outcomes" ADD CONSTRAINT "lead_outcomes_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "ai_traces_expiry" ON "ai_traces" USING btree ("site_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "lead_outcomes_current" ON "lead_outcomes" USING btree ("chat_session_id") WHERE "lead_outcomes"."is_current";--> statement-breakpoint
CREATE INDEX "lead_outcomes_session" ON "lead_outcomes" USING btree ("chat_session_id","id");--> statement-breakpoint
CREATE INDEX "lead_outcomes_stage" ON "lead_outcomes" USING btree ("stage","chat_session_id") WHERE "lead_outcomes"."is_current";--> statement-breakpoint
ALTER TABLE "sites" ADD CONSTRAINT "sites_trace_days" CHECK ("sites"."trace_days" between 0 and 365);
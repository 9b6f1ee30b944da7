CREATE TABLE "n8n_connections" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "n8n_connections_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"site_id" bigint NOT NULL,
	"url" text NOT NULL,
	"frontdesk_url" text NOT NULL,
	"sealed_api_key" text,
	"made" jsonb NOT NULL,
	"steps" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"status" text NOT NULL,
	"running_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "n8n_connections_site_id_unique" UNIQUE("site_id")
);
--> statement-breakpoint
ALTER TABLE "automation_errors" ADD COLUMN "turn_id" uuid;--> statement-breakpoint
ALTER TABLE "automation_errors" ADD COLUMN "is_webhook_run" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "n8n_connections" ADD CONSTRAINT "n8n_connections_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE cascade ON UPDATE no action;
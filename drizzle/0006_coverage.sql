CREATE TABLE "coverage" (
	"tenant_id" text collate "C" NOT NULL,
	"date" text collate "C" NOT NULL,
	"checked_at" timestamp (3) with time zone NOT NULL,
	"upstream_count" bigint NOT NULL,
	"stored_count" bigint NOT NULL,
	CONSTRAINT "coverage_tenant_id_date_pk" PRIMARY KEY("tenant_id","date")
);
--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "origin" text;--> statement-breakpoint
CREATE INDEX "events_recovered" ON "events" USING btree ("tenant_id","time") WHERE origin = 'BACKFILL';--> statement-breakpoint
CREATE POLICY "tenant_of_transaction" ON "coverage" USING ("tenant_id" = substr(nullif(current_setting('qlik_event_graph.tenant_id', true), ''), 2));

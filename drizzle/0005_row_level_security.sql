CREATE POLICY "tenant_of_transaction" ON "tenants" USING ("tenant_id" = substr(nullif(current_setting('qlik_event_graph.tenant_id', true), ''), 2));
--> statement-breakpoint
CREATE POLICY "tenant_of_transaction" ON "events" USING ("tenant_id" = substr(nullif(current_setting('qlik_event_graph.tenant_id', true), ''), 2));
--> statement-breakpoint
CREATE POLICY "tenant_of_transaction" ON "quarantine" USING ("tenant_id" = substr(nullif(current_setting('qlik_event_graph.tenant_id', true), ''), 2));
--> statement-breakpoint
CREATE POLICY "tenant_of_transaction" ON "automations" USING ("tenant_id" = substr(nullif(current_setting('qlik_event_graph.tenant_id', true), ''), 2));
--> statement-breakpoint
CREATE POLICY "tenant_of_transaction" ON "automation_runs" USING ("tenant_id" = substr(nullif(current_setting('qlik_event_graph.tenant_id', true), ''), 2));
--> statement-breakpoint
CREATE POLICY "tenant_of_transaction" ON "blocks" USING ("tenant_id" = substr(nullif(current_setting('qlik_event_graph.tenant_id', true), ''), 2));
--> statement-breakpoint
CREATE POLICY "tenant_of_transaction" ON "apps" USING ("tenant_id" = substr(nullif(current_setting('qlik_event_graph.tenant_id', true), ''), 2));
--> statement-breakpoint
CREATE POLICY "tenant_of_transaction" ON "app_reloads" USING ("tenant_id" = substr(nullif(current_setting('qlik_event_graph.tenant_id', true), ''), 2));

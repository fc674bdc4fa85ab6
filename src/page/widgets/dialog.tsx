import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { usePage } from "../page.ts";

interface FrameProps {
  readonly title: string;
  /** Whether the title is only said. */
  readonly isTitleHidden?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A dialog that keeps the focus, closes by Escape or a press beside it, and gives the focus back. */
export function DialogFrame({
  title,
  isTitleHidden = false,
  className = "",
  children,
}: FrameProps): ReactNode {
  const page = usePage();
  const close = (): void => page.ui.set({ dialog: null, event: null });
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(isOpen) => !isOpen && close()} className="overlay">
      <Modal className={`modal ${className}`}>
        <Dialog className="dialog">
          <Heading slot="title" className={isTitleHidden ? "hidden" : ""}>
            {title}
          </Heading>
          {!isTitleHidden && (
            <button type="button" className="quiet close" aria-label="Close" onClick={close}>
              ✕
            </button>
          )}
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
